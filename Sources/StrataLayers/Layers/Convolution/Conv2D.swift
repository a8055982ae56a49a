import StrataTensor

/// y[b, o, r, s] = bias[o] + Σ over c, i, j of w[o, c, i, j] · x[b, c, r·t + i − p, s·t + j − p], with t the
/// stride and p the padding: the cross-correlation of images, 0 outside, with learnt kernels.
///
/// ```swift
/// Conv2D(1, 6, kernel: 5, padding: 2)                 // [B, 1, 28, 28] to [B, 6, 28, 28]
/// Conv2D(6, 16, kernel: [3, 5], stride: 2, bias: false)
/// ```
///
/// - Shapes: x is [B, in, H, W]; w is [out, in, kh, kw], b is [out]; y is [B, out, R, S] with
///   R = ⌊(H + 2p − kh) / t⌋ + 1, S likewise. Weights of PyTorch's `nn.Conv2d` fit as they are.
///
/// # Backward
/// In one axis y[r] = Σ_i w[i] · x[r·t + i − p], in which w[i] meets x[q] once, at q = r·t + i − p. So
/// dw[i] = Σ_r dy[r] · x[r·t + i − p], over all images, and dx[q] = Σ_i dy[(q + p − i) / t] · w[i] over those
/// i for which t divides q + p − i: a convolution of dy with the kernel turned round, for each remainder of
/// q + p by t with its own part of the kernel. db is dy summed over images and positions.
/// For w = [2, 3], x = [1, 5, 4], dy = [1, 10]: y = [17, 22], dw = [51, 45], dx = [2, 23, 30].
/// The cache is x and a snapshot of w.
///
/// LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998.
///
/// PyTorch's starts from smaller weights: see the article "Differences from PyTorch".
public struct Conv2D: Layer, CustomStringConvertible {
  /// w, of shape [out, in, kh, kw].
  public let weight: Parameter

  /// b, of shape [out], where there is one.
  public let bias: Parameter?

  /// The height and width of the window.
  public var kernel: Size2D { geometry.kernel }
  /// The steps of the window.
  public var stride: Size2D { geometry.stride }
  /// The rows and columns of margin on each side of the input.
  public var padding: Size2D { geometry.padding }

  private let geometry: WindowGeometry

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let x: Tensor
    let weight: Tensor
  }

  /// A layer with freshly initialized parameters, of fan-in in · kh · kw; the bias starts at 0.
  ///
  /// - Parameters:
  ///   - inputs: The channels of x.
  ///   - outputs: The channels of y.
  ///   - kernel: The height and width of the window.
  ///   - stride: The window's steps.
  ///   - padding: The rows and columns of zeros on each side of x.
  ///   - bias: Whether there is a b.
  ///   - initializer: How w is drawn.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0, bias: Bool = true,
    initializer: Initializer = .heUniform
  ) {
    require(
      min(inputs, outputs, kernel.height, kernel.width) > 0,
      "Conv2D(\(inputs), \(outputs), kernel: \(kernel)): channels and kernel must be positive")
    let shape: Shape = [outputs, inputs, kernel.height, kernel.width]
    self.init(
      weight: Parameter(initializer.tensor(shape, fanIn: shape.count / outputs, fanOut: shape.count / inputs)),
      bias: bias ? Parameter([outputs], initialValue: 0) : nil, stride: stride, padding: padding)
  }

  /// A layer of given parameters, which other layers may share.
  public init(weight: Parameter, bias: Parameter?, stride: Size2D = 1, padding: Size2D = 0) {
    require(
      weight.shape.rank == 4 && weight.shape.count > 0
        && (bias == nil || bias!.shape == [weight.shape[0]] && bias!.dtype == weight.dtype),
      "Conv2D: needs a weight of shape [out, in, kh, kw] and a bias of shape [out] of the same type, not \(weight.dtype) "
        + "of \(weight.shape) and " + (bias.map { "\($0.dtype) of \($0.shape)" } ?? "none"))
    self.weight = weight
    self.bias = bias
    geometry = WindowGeometry(
      "Conv2D", kernel: Size2D(weight.shape[2], weight.shape[3]), stride: stride, padding: padding)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let w = weight.value
    let y = output(copy x, w)
    return (y, Cache(x: x, weight: w))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let (dy, w) = (copy dy, cache.weight)
    let sliding = addParameterGradients(dy, cache.x, &gradients)
    return dy.dtype.withKernels(for: description) { sliding.inputGradient(dy, w, $0) }
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    _ = addParameterGradients(copy dy, cache.x, &gradients)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { output(copy x, weight.value) }

  public func outputShape(for input: Shape) throws -> Shape {
    try geometry.outputShape(description, for: input, channels: (weight.shape[1], weight.shape[0]))
  }

  public var description: String {
    "Conv2D(\(weight.shape[1]), \(weight.shape[0]), \(geometry.description(defaultStride: 1))"
      + (bias == nil ? ", bias: false)" : ")")
  }

  private func output(_ x: Tensor, _ w: Tensor) -> Tensor {
    let shape = requireFloatingInput(x)
    let bias = bias?.value
    requireSameType(x.dtype, w.dtype)
    if let bias { requireSameType(x.dtype, bias.dtype) }
    let sliding = SlidingWindow(geometry, from: x.shape, to: shape)
    return x.dtype.withKernels(for: description) { sliding.convolved(x, w, bias, $0) }
  }

  private func addParameterGradients(_ dy: Tensor, _ x: Tensor, _ gradients: inout Gradients) -> SlidingWindow {
    dy.requireGradient(of: description, requireFloatingInput(x), x.dtype)
    let sliding = SlidingWindow(geometry, from: x.shape, to: dy.shape)
    gradients.add(x.dtype.withKernels(for: description) { sliding.weightGradient(dy, x, $0) }, to: weight)
    if let bias {
      let planes = dy.reshaped(to: [dy.shape[0], dy.shape[1], sliding.rows * sliding.columns])
      gradients.addColumnSums(of: planes.sum(along: 2), to: bias)
    }
    return sliding
  }
}
