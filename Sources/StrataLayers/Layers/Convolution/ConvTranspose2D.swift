import StrataTensor

/// y[b, o, q, s] = bias[o] + Σ over c, r, i with r·t + i·d − p = q, and likewise along the width, of w[c, o, i, j] ·
/// x[b, c, r, …]: the transposed map of ``Conv2D``, which spreads each element of x over a window of y. t is the
/// stride, d the dilation and p the padding, by which y is cut on each side.
///
/// ```swift
/// ConvTranspose2D(16, 8, kernel: 2, stride: 2)                                  // [B, 16, 7, 7] to [B, 8, 14, 14]
/// ConvTranspose2D(16, 8, kernel: 3, stride: 2, padding: 1, outputPadding: 1)    // the same shapes
/// ```
///
/// - Shapes: x is [B, in, H, W]; w is [in, out / groups, kh, kw], b is [out]; y is [B, out, R, S] with R = (H − 1) t −
///   2p + d (kh − 1) + 1 + ``outputPadding``, S likewise. A convolution with a stride makes the same of images of
///   several sizes; the output padding says which one comes back. Weights of PyTorch's `nn.ConvTranspose2d` fit as they
///   are.
///
/// # Backward
/// With A the matrix of the convolution by w without a bias, y = Aᵀx. So dx = A dy: that convolution of dy; and dw is
/// its dL/dw with the roles of image and cotangent exchanged, since ⟨dy, Aᵀx⟩ = ⟨A dy, x⟩. db is dy summed over images
/// and positions. In one axis with w = [2, 3], x = [1, 10]: y = [2, 23, 30], and dy = [1, 5, 4] gives dx = [17, 22] and
/// dw = [51, 45]. The cache is x and a snapshot of w.
///
/// Zeiler, Krishnan, Taylor and Fergus, "Deconvolutional Networks", 2010.
///
/// PyTorch's starts from other weights: here the fan-in is in / groups · kh · kw / t², the mean number of products in
/// an element of y.
public struct ConvTranspose2D: Layer, BilinearLayer {
  /// w, of shape [in, out / groups, kh, kw].
  public let weight: Parameter

  /// b, of shape [out], where there is one.
  public let bias: Parameter?

  /// The height and width of the window.
  public var kernel: Size2D { map.geometry.kernel }
  /// The steps of the window in y.
  public var stride: Size2D { map.geometry.stride }
  /// How many rows and columns y is cut by on each side.
  public var padding: Size2D { Size2D(map.geometry.padding.top, map.geometry.padding.left) }
  /// How many rows at the bottom and columns on the right y has in addition.
  public var outputPadding: Size2D { map.extra }
  /// How far apart the elements of the window are.
  public var dilation: Size2D { map.geometry.dilation }
  /// The groups of channels that meet only each other.
  public var groups: Int { map.groups }

  package let map: TransposedConvolutionMap

  /// A layer with freshly initialized parameters; the bias starts at 0.
  ///
  /// - Parameters:
  ///   - inputs: The channels of x.
  ///   - outputs: The channels of y.
  ///   - kernel: The height and width of the window.
  ///   - stride: The window's steps in y.
  ///   - padding: How many rows and columns y is cut by on each side.
  ///   - outputPadding: How many rows at the bottom and columns on the right y has in addition; less than the stride or
  ///     the dilation.
  ///   - dilation: How far apart the elements of the window are.
  ///   - groups: The groups of channels that meet only each other.
  ///   - bias: Whether there is a b.
  ///   - initializer: How w is drawn.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0, outputPadding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1, bias: Bool = true, initializer: Initializer = .heUniform
  ) {
    let layer = "ConvTranspose2D(\(inputs), \(outputs), kernel: \(kernel))"
    require(
      min(inputs, outputs, kernel.height, kernel.width) > 0, "\(layer): channels and kernel must be positive")
    requireGroups(layer, groups, inputs, outputs)
    let shape: Shape = [inputs, outputs / groups, kernel.height, kernel.width]
    // Each element of y meets the kernel's elements of one phase of the stride.
    let phases = max(1, stride.height * stride.width)
    self.init(
      weight: Parameter(
        initializer.tensor(
          shape, fanIn: max(1, shape.count / shape[1] / groups / phases), fanOut: shape.count / shape[0])),
      bias: bias ? Parameter([outputs], initialValue: 0) : nil, stride: stride, padding: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups)
  }

  /// A layer of given parameters, which other layers may share.
  public init(
    weight: Parameter, bias: Parameter?, stride: Size2D = 1, padding: Size2D = 0, outputPadding: Size2D = 0,
    dilation: Size2D = 1, groups: Int = 1
  ) {
    require(
      weight.shape.rank == 4 && weight.shape.count > 0
        && (bias == nil || bias!.shape == [weight.shape[1] &* groups] && bias!.dtype == weight.dtype),
      "ConvTranspose2D: needs a weight of shape [in, out, kh, kw] and a bias of shape [out] of the same type, not "
        + "\(weight.dtype) of \(weight.shape) and " + (bias.map { "\($0.dtype) of \($0.shape)" } ?? "none"))
    requireGroups("ConvTranspose2D", groups, weight.shape[0], groups > 0 ? weight.shape[1] &* groups : 1)
    let geometry = WindowGeometry(
      "ConvTranspose2D", kernel: Size2D(weight.shape[2], weight.shape[3]), stride: stride,
      padding: Padding2D(padding.height, padding.width), dilation: dilation)
    map = TransposedConvolutionMap("ConvTranspose2D", geometry, groups: groups, extra: outputPadding)
    (self.weight, self.bias) = (weight, bias)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, ConvolutionCache) {
    let w = weight.value
    let y = map.output(of: self, copy x, w, bias)
    return (y, ConvolutionCache(x: x, weight: w))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming ConvolutionCache, _ gradients: inout Gradients
  ) -> Tensor {
    let dy = dy
    map.addParameterGradients(of: self, dy, cache.x, to: weight, bias, &gradients)
    return map.inputGradient(of: self, dy, cache.weight, cache.x.shape)
  }

  public func accumulate(
    _ dy: consuming Tensor, _ cache: consuming ConvolutionCache, _ gradients: inout Gradients
  ) { map.addParameterGradients(of: self, dy, cache.x, to: weight, bias, &gradients) }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { map.output(of: self, x, weight.value, bias) }

  public func outputShape(for input: Shape) throws -> Shape {
    try map.outputShape(of: self, for: input, weight)
  }

  public var description: String { map.description(of: "ConvTranspose2D", weight, bias) }
}
