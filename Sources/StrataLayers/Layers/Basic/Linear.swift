import StrataTensor

/// y = xW + b, the affine map between features.
///
/// - Shapes: x is [B, in], or has more axes before the last; W is [in, out], b is [out]; y is [B, out].
///
/// # Backward
/// From dL = ⟨dy, dy(x, W, b)⟩ and d(xW + b) = dx·W + x·dW + db follow
/// dW = xᵀ·dy, db = Σ over the batch of dy, and dx = dy·Wᵀ.
/// The cache is x and a snapshot of W.
///
/// PyTorch's `nn.Linear` keeps its weight as [out, in] and starts from smaller ones: see the article "Differences
/// from PyTorch".
public struct Linear: Layer, CustomStringConvertible {
  /// W, of shape [in, out].
  public let weight: Parameter

  /// b, of shape [out], where there is one.
  public let bias: Parameter?

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let x: Tensor
    let weight: Tensor
  }

  /// A layer with freshly initialized parameters; the bias starts at 0.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, initializer: Initializer = .heUniform) {
    require(inputs > 0 && outputs > 0, "Linear(\(inputs), \(outputs)): both sizes must be positive")
    self.init(
      weight: Parameter(initializer.tensor([inputs, outputs], fanIn: inputs, fanOut: outputs)),
      bias: bias ? Parameter([outputs], initialValue: 0) : nil)
  }

  /// A layer of given parameters, which other layers may share.
  public init(weight: Parameter, bias: Parameter?) {
    require(
      weight.shape.rank == 2 && (bias == nil || bias!.shape == [weight.shape[1]]),
      "Linear: a weight of shape \(weight.shape) needs a bias of shape [\(weight.shape[-1])], "
        + "not \(bias.map { "\($0.shape)" } ?? "none")")
    self.weight = weight
    self.bias = bias
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let w = weight.value
    let y = output(x, w)
    return (y, Cache(x: x, weight: w))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    addParameterGradients(dy, cache.x, &gradients)
    return matmul(dy, cache.weight.transposed)
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    addParameterGradients(dy, cache.x, &gradients)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { output(x, weight.value) }

  public func outputShape(for input: Shape) throws -> Shape {
    let (inputs, outputs) = (weight.shape[0], weight.shape[1])
    return try input.mapped(by: description, features: inputs, to: outputs)
  }

  public var description: String {
    "Linear(\(weight.shape[0]), \(weight.shape[1])\(bias == nil ? ", bias: false" : ""))"
  }

  private func output(_ x: borrowing Tensor, _ w: Tensor) -> Tensor {
    if x.rank < 2 || x.shape[-1] != w.shape[0] { requireInput(x.shape) }
    requireSameType(x.dtype, w.dtype)
    guard let bias else { return matmul(copy x, w) }
    return matmul(copy x, w, adding: bias.value)
  }

  private func addParameterGradients(_ dy: borrowing Tensor, _ x: Tensor, _ gradients: inout Gradients) {
    let (x, dy) = (x.asMatrix(), (copy dy).asMatrix())
    gradients.addProduct(x.transposed, dy, to: weight)
    if let bias { gradients.addColumnSums(of: dy, to: bias) }
  }
}
