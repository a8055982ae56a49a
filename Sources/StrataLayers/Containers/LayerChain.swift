import StrataTensor

/// A container whose layers run one after the other: what a ``Sequential``, a ``Checkpoint`` and an ``Offloaded``
/// have in common.
protocol LayerChain: Container, Layer {
  var layers: [any Layer] { get }

  /// The position of the last layer that no gradient passes: those before it run forward only.
  var lastStop: Int? { get }
}

extension LayerChain {
  /// The position of the first layer that runs backward; the number of layers where none does.
  var first: Int {
    guard let lastStop else { return 0 }
    return layers[lastStop].ignoresGradient ? lastStop + 1 : lastStop
  }
}

extension LayerChain {
  public var children: [any Module] { layers }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    var x = x
    for (position, layer) in layers.enumerated() { x = infer(layer, at: .position(position), consume x) }
    return x
  }

  public func outputShape(for input: Shape) throws -> Shape {
    var shape = input
    var mismatches: [ShapeError.Mismatch] = []
    for (position, layer) in layers.enumerated() {
      Place.position(position).enter()
      defer { Place.leave() }
      do {
        shape = try layer.outputShape(for: shape)
      } catch let error as ShapeError {
        mismatches += error.prefixed("\(position)")
        guard let assumed = error.assumedOutput else { throw ShapeError(mismatches, assumedOutput: nil) }
        shape = assumed
      }
    }
    if !mismatches.isEmpty { throw ShapeError(mismatches, assumedOutput: shape) }
    return shape
  }

  public var stopsGradient: Bool { lastStop != nil }

  public var ignoresGradient: Bool { first == layers.count && !layers.isEmpty }

  var lastStop: Int? { layers.lastIndex { $0.stopsGradient } }
}
