import StrataTensor

/// y_k = aᵀ W_k b + β_k for two inputs a and b.
///
/// - Shapes: a is [B, first], b is [B, second]; W is [out, first, second] and β is [out], as in PyTorch; y is [B, out].
///
/// # Backward
/// da = Σ_k dy_k W_k b, db = Σ_k dy_k W_kᵀ a, dW_k = Σ dy_k a bᵀ and dβ = Σ dy over the rows. The cache is a, b and a snapshot
/// of W.
public struct Bilinear: Module, CustomStringConvertible {
  /// W, of shape [out, first, second].
  public let weight: Parameter

  /// β, of shape [out]; nil where there is none.
  public let bias: Parameter?

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let first: Tensor
    let second: Tensor
    let weight: Tensor
  }

  /// A layer for inputs of these numbers of features.
  public init(
    _ first: Int, _ second: Int, _ outputs: Int, bias: Bool = true, initializer: Initializer = .lecunUniform
  ) {
    require(
      first > 0 && second > 0 && outputs > 0, "Bilinear(\(first), \(second), \(outputs)): all sizes must be positive")
    weight = Parameter(initializer.tensor([outputs, first, second], fanIn: first, fanOut: outputs))
    self.bias = bias ? Parameter([outputs], initialValue: 0) : nil
  }

  public func forward(_ x: consuming Pair<Tensor, Tensor>) -> (Tensor, Cache) {
    let x = x
    do { _ = try outputShapes(for: x.shapes) } catch { stop("\(error)") }
    let (a, b, w) = (x.first, x.second, weight.value)
    require(
      a.dtype == w.dtype && b.dtype == w.dtype,
      "\(self): the inputs are \(a.dtype) and \(b.dtype), the parameters \(w.dtype); convert the inputs with converted(to:)"
    )
    let y = (through(b, w) * a.expanded(at: 1)).sum(along: 2)
    return (bias.map { y + $0.value } ?? y, Cache(first: a, second: b, weight: w))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Pair<Tensor, Tensor> {
    let dy = dy
    let (a, b, w) = (cache.first, cache.second, cache.weight)
    let (outputs, first, second) = (w.shape[0], w.shape[1], w.shape[2])
    dy.requireGradient(of: description, [a.shape[0], outputs], a.dtype)
    if let bias { gradients.addColumnSums(of: dy, to: bias) }
    // dy_k a, [B, out, first].
    let da = dy.expanded(at: 2) * a.expanded(at: 1)
    let joined = da.reshaped(to: [a.shape[0], outputs * first])
    gradients.add(matmul(joined.transposed, b).reshaped(to: w.shape), to: weight)
    let db = matmul(joined, w.reshaped(to: [outputs * first, second]))
    return Pair((through(b, w) * dy.expanded(at: 2)).sum(along: 1), db)
  }

  /// W_k b, [B, out, first].
  private func through(_ b: Tensor, _ w: Tensor) -> Tensor {
    let (outputs, first, second) = (w.shape[0], w.shape[1], w.shape[2])
    return matmul(b, w.reshaped(to: [outputs * first, second]).transposed).reshaped(to: [b.shape[0], outputs, first])
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? {
    let shape = weight.shape
    guard input.count == 2, input.allSatisfy({ $0.rank == 2 }), input[0][0] == input[1][0], input[0][1] == shape[1],
      input[1][1] == shape[2]
    else {
      throw ShapeError(
        description, expected: "[B, \(shape[1])] and [B, \(shape[2])]", input: input,
        remedy: "give it pairs of these shapes")
    }
    return [[input[0][0], shape[0]]]
  }

  public var description: String { "Bilinear(\(weight.shape[1]), \(weight.shape[2]), \(weight.shape[0]))" }
}
