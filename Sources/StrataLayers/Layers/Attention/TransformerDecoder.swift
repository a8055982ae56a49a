import StrataTensor

/// Layers of a decoder one after the other, all with the same memory.
///
/// - Shapes: the input is the pair of x [B, T, features] and the memory [B, Tm, features]; y has the shape of x.
///
/// # Backward
/// The layers from last to first; dL by the memory is the sum of what they give. The cache is that of the layers.
public struct TransformerDecoder: Container, CustomStringConvertible {
  /// The layers, the first to run first.
  public let layers: [TransformerDecoderLayer]

  public var children: [any Module] { layers }

  /// The caches of the layers, and the memory's kind.
  public struct Cache: Sendable {
    var layers: [any CacheBox]
    let memory: TensorKind
  }

  /// A decoder of these layers.
  public init(_ layers: [TransformerDecoderLayer]) { self.layers = layers }

  public func forward(_ x: consuming Pair<Tensor, Tensor>) -> (Tensor, Cache) {
    var (y, memory, boxes) = (x.first, x.second, [any CacheBox]())
    for (position, layer) in layers.enumerated() {
      let (next, box) = forward(layer, at: .position(position), Pair(y, memory))
      y = next
      boxes.append(box)
    }
    return (y, Cache(layers: boxes, memory: TensorKind(of: memory)))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Pair<Tensor, Tensor> {
    var (dx, dMemory) = (dy, cache.memory.zeros)
    for (position, layer) in layers.enumerated().reversed() {
      let d = backward(layer, at: .position(position), dx, cache.layers.removeLast(), &gradients)
      dx = d.first
      dMemory += d.second
    }
    return Pair(dx, dMemory)
  }

  public func callAsFunction(_ x: consuming Pair<Tensor, Tensor>) -> Tensor {
    let (x, memory) = (x.first, x.second)
    return layers.enumerated().reduce(x) { infer($1.element, at: .position($1.offset), Pair($0, memory)) }
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? {
    for (position, layer) in layers.enumerated() {
      _ = try ShapeError.locating("\(position)") { try layer.outputShapes(for: input) }
    }
    return [input[0]]
  }

  public var description: String { "TransformerDecoder { \(listed(layers)) }" }
}
