import StrataTensor

/// Layers one after the other: y = fₙ(… f₂(f₁(x))).
///
/// ```swift
/// let model = Sequential {
///   Linear(784, 256)
///   ReLU()
///   if isDeep { Linear(256, 256); ReLU() }
///   Linear(256, 10)
/// }
/// ```
///
/// - Shapes: each layer takes the output of the one before.
///
/// # Backward
/// By the chain rule, the vector-Jacobian products of the layers from last to first. Each layer's cache is
/// freed as soon as its backward has used it.
public struct Sequential: Container, CustomStringConvertible {
  /// The layers, the first to run first.
  public let layers: [any Layer]

  /// What `backward` needs of one `forward`.
  public struct Cache: Sendable {
    var boxes: [any CacheBox]
  }

  /// The layers listed in the braces; `if`, `for` and optionals work.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }

  /// The layers of an array.
  public init(_ layers: [any Layer]) { self.layers = layers }

  public var children: [any Layer] { layers }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    var boxes: [any CacheBox] = []
    boxes.reserveCapacity(layers.count)
    var x = x
    for (position, layer) in layers.enumerated() {
      enterChild(position)
      let (y, box) = layer.forwardBoxed(consume x)
      leaveChild()
      x = y
      boxes.append(box)
    }
    return (x, Cache(boxes: boxes))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    backward(dy, &cache, &gradients, downTo: 0)
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    guard let first = layers.first else { return }
    let dy = backward(dy, &cache, &gradients, downTo: 1)
    enterChild(0)
    first.accumulateBoxed(dy, cache.boxes.removeLast(), &gradients)
    leaveChild()
  }

  public func flow(
    _ x: consuming Tensor, through apply: (_ position: Int, _ input: consuming Tensor) -> Tensor
  ) -> Tensor {
    var x = x
    for position in layers.indices {
      enterChild(position)
      x = apply(position, consume x)
      leaveChild()
    }
    return x
  }

  public func outputShape(for input: Shape) throws -> Shape {
    var shape = input
    var mismatches: [ShapeError.Mismatch] = []
    for (position, layer) in layers.enumerated() {
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

  /// Runs the layers backward from the last to number `first`, taking each one's cache.
  private func backward(
    _ dy: consuming Tensor, _ cache: inout Cache, _ gradients: inout Gradients, downTo first: Int
  ) -> Tensor {
    var dy = dy
    for position in (first..<layers.count).reversed() {
      enterChild(position)
      // Not by way of a name, which would hold the box too in debug builds.
      dy = layers[position].backwardBoxed(consume dy, cache.boxes.removeLast(), &gradients)
      leaveChild()
    }
    return dy
  }
}
