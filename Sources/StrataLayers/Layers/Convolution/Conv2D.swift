import StrataTensor

/// y[b, o, r, s] = bias[o] + Σ over c, i, j of w[o, c, i, j] · x[b, c, r·t + i·d − p, s·t + j·d − p], with t the
/// stride, d the dilation and p the padding: the cross-correlation of images with learnt kernels.
///
/// ```swift
/// Conv2D(1, 6, kernel: 5, padding: 2)                          // [B, 1, 28, 28] to [B, 6, 28, 28]
/// Conv2D(6, 16, kernel: [3, 5], stride: 2, bias: false)
/// Conv2D(64, 64, kernel: 3, padding: .same, dilation: 2, paddingMode: .reflect)
/// Conv2D(64, 64, kernel: 3, padding: 1, groups: 64)            // depthwise: each channel has its own kernel
/// ```
///
/// With several groups, output channels of the n-th part read input channels of the n-th part alone. What lies outside
/// is 0, or as ``PaddingMode`` says.
///
/// - Shapes: x is [B, in, H, W]; w is [out, in / groups, kh, kw], b is [out]; y is [B, out, R, S] with
///   R = ⌊(H + top + bottom − d (kh − 1) − 1) / t⌋ + 1, S likewise. Weights of PyTorch's `nn.Conv2d` fit as they are.
///
/// # Backward
/// In one axis with d = 1, y[r] = Σ_i w[i] · x[r·t + i − p], in which w[i] meets x[q] once, at q = r·t + i − p. So
/// dw[i] = Σ_r dy[r] · x[r·t + i − p], over all images, and dx[q] = Σ_i dy[(q + p − i) / t] · w[i] over those i for
/// which t divides q + p − i: a convolution of dy with the kernel turned round, for each remainder of q + p by t with
/// its own part of the kernel. db is dy summed over images and positions. The gradient of an element that stands in the
/// margin too is the sum over its places. For w = [2, 3], x = [1, 5, 4], dy = [1, 10]: y = [17, 22], dw = [51, 45], dx
/// = [2, 23, 30]. The cache is x and a snapshot of w.
///
/// LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998; dilation: Yu and
/// Koltun, "Multi-Scale Context Aggregation by Dilated Convolutions", 2016.
///
/// PyTorch's starts from smaller weights: see the article "Differences from PyTorch".
public struct Conv2D: Layer, BilinearLayer {
  /// w, of shape [out, in / groups, kh, kw].
  public let weight: Parameter

  /// b, of shape [out], where there is one.
  public let bias: Parameter?

  /// The height and width of the window.
  public var kernel: Size2D { map.geometry.kernel }
  /// The steps of the window.
  public var stride: Size2D { map.geometry.stride }
  /// The rows and columns of margin around the input.
  public var padding: Padding2D { map.geometry.padding }
  /// How far apart the elements of the window are.
  public var dilation: Size2D { map.geometry.dilation }
  /// The groups of channels that meet only each other.
  public var groups: Int { map.groups }
  /// What stands in the margin.
  public var paddingMode: PaddingMode { map.geometry.mode }

  package let map: ConvolutionMap

  /// A layer with freshly initialized parameters, of fan-in in / groups · kh · kw; the bias starts at 0.
  ///
  /// - Parameters:
  ///   - inputs: The channels of x.
  ///   - outputs: The channels of y.
  ///   - kernel: The height and width of the window.
  ///   - stride: The window's steps.
  ///   - padding: The rows and columns of margin around x, or `.same`.
  ///   - dilation: How far apart the elements of the window are.
  ///   - groups: The groups of channels that meet only each other; as many as channels for a depthwise convolution.
  ///   - paddingMode: What stands in the margin.
  ///   - bias: Whether there is a b.
  ///   - initializer: How w is drawn.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Size2D, stride: Size2D = 1, padding: Padding2D = 0, dilation: Size2D = 1,
    groups: Int = 1, paddingMode: PaddingMode = .zeros, bias: Bool = true, initializer: Initializer = .heUniform
  ) {
    let layer = "Conv2D(\(inputs), \(outputs), kernel: \(kernel))"
    require(
      min(inputs, outputs, kernel.height, kernel.width) > 0, "\(layer): channels and kernel must be positive")
    requireGroups(layer, groups, inputs, outputs)
    let shape: Shape = [outputs, inputs / groups, kernel.height, kernel.width]
    self.init(
      weight: Parameter(
        initializer.tensor(shape, fanIn: shape.count / outputs, fanOut: shape.count / shape[1] / groups)),
      bias: bias ? Parameter([outputs], initialValue: 0) : nil, stride: stride, padding: padding, dilation: dilation,
      groups: groups, paddingMode: paddingMode)
  }

  /// A layer of given parameters, which other layers may share.
  public init(
    weight: Parameter, bias: Parameter?, stride: Size2D = 1, padding: Padding2D = 0, dilation: Size2D = 1,
    groups: Int = 1,
    paddingMode: PaddingMode = .zeros
  ) {
    require(
      weight.shape.rank == 4 && weight.shape.count > 0
        && (bias == nil || bias!.shape == [weight.shape[0]] && bias!.dtype == weight.dtype),
      "Conv2D: needs a weight of shape [out, in, kh, kw] and a bias of shape [out] of the same type, not \(weight.dtype) "
        + "of \(weight.shape) and " + (bias.map { "\($0.dtype) of \($0.shape)" } ?? "none"))
    requireGroups("Conv2D", groups, groups > 0 ? weight.shape[1] &* groups : 1, weight.shape[0])
    self.weight = weight
    self.bias = bias
    let geometry = WindowGeometry(
      "Conv2D", kernel: Size2D(weight.shape[2], weight.shape[3]), stride: stride, padding: padding,
      dilation: dilation, mode: paddingMode)
    map = ConvolutionMap(geometry: geometry, groups: groups)
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
    try map.geometry.outputShape(description, for: input, channels: map.channels(of: weight))
  }

  public var description: String { map.description(of: "Conv2D", weight, bias) }
}
