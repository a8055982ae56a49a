import StrataTensor

/// y = xWᵀ + b with the weight of another layer: what a ``Linear`` encodes, decoded.
///
/// ```swift
/// let encoder = Linear(64, 16)
/// let model = Sequential { encoder; Tanh(); TiedLinear(transposing: encoder.weight) }
/// ```
///
/// - Shapes: W is [out, in], as the other layer holds it; x is [B, in], or has more axes before the last; b is [out];
///   y is [B, out].
///
/// # Backward
/// From d(xWᵀ + b) = dx·Wᵀ + x·dWᵀ + db follow dW = dyᵀ·x, db = Σ over the batch of dy, and dx = dy·W.
/// dW is added to what the other layer adds: one parameter, found once. The cache is x and a snapshot of W.
public struct TiedLinear: Layer, CustomStringConvertible {
  /// W, of shape [out, in], which another layer holds too.
  public let weight: Parameter

  /// b, of shape [out], where there is one: this layer's own.
  public let bias: Parameter?

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let x: Tensor
    let weight: Tensor
  }

  /// A layer that uses `weight` transposed, with its own bias, which starts at 0.
  public init(transposing weight: Parameter, bias: Bool = true) {
    require(weight.shape.rank == 2, "TiedLinear: transposes a matrix, not a weight of shape \(weight.shape)")
    self.weight = weight
    self.bias = bias ? Parameter([weight.shape[0]], initialValue: 0) : nil
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let w = weight.value
    requireInput(x.shape)
    let y = bias.map { matmul(copy x, w.transposed, adding: $0.value) } ?? matmul(copy x, w.transposed)
    return (y, Cache(x: x, weight: w))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let rows = (copy dy).asMatrix()
    gradients.addProduct(rows.transposed, cache.x.asMatrix(), to: weight)
    if let bias { gradients.addColumnSums(of: rows, to: bias) }
    return matmul(dy, cache.weight)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    return try input.mapped(by: description, features: inputs, to: outputs, "the tied layer's output size")
  }

  public var description: String {
    "TiedLinear(\(weight.shape[1]), \(weight.shape[0])\(bias == nil ? ", bias: false" : ""))"
  }
}
