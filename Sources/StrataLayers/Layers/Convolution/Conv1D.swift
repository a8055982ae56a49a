import StrataTensor

/// y[b, o, r] = bias[o] + Σ over c, i of w[o, c, i] · x[b, c, r·t + i·d − p], with t the stride, d the dilation and p
/// the padding: the cross-correlation of sequences with learnt kernels.
///
/// ```swift
/// Conv1D(1, 16, kernel: 5, stride: 2)                          // [B, 1, 100] to [B, 16, 48]
/// Conv1D(64, 64, kernel: 3, padding: .causal, dilation: 4)     // step t reads steps t, t − 4 and t − 8
/// ```
///
/// Channels are the second axis, as in PyTorch; `permuted(0, 2, 1)` makes them of the features of [B, T, C]. Groups,
/// dilation and padding modes are those of ``Conv2D``. A stack of causal layers of dilations 1, 2, 4, … sees 2ⁿ steps
/// back with n layers: a temporal convolutional network.
///
/// - Shapes: x is [B, in, T]; w is [out, in / groups, k], b is [out]; y is [B, out, R] with
///   R = ⌊(T + left + right − d (k − 1) − 1) / t⌋ + 1. Weights of PyTorch's `nn.Conv1d` fit as they are.
///
/// # Backward
/// That of ``Conv2D`` for images of one row. For w = [2, 3] and padding `.causal`, x = [1, 5, 4] gives
/// y = [3, 17, 22]: 0·2 + 1·3 is the first. With dy = [0, 1, 10], dw = [51, 45] and dx = [2, 23, 30].
/// The cache is x and a snapshot of w.
///
/// Bai, Kolter and Koltun, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence
/// Modeling", 2018.
///
/// PyTorch's starts from smaller weights: see the article "Differences from PyTorch".
public struct Conv1D: Layer, BilinearLayer {
  /// w, of shape [out, in / groups, k].
  public let weight: Parameter

  /// b, of shape [out], where there is one.
  public let bias: Parameter?

  /// The length of the window.
  public var kernel: Int { map.geometry.kernel.width }
  /// The steps of the window.
  public var stride: Int { map.geometry.stride.width }
  /// The steps of margin before and after the input.
  public var padding: Padding1D { Padding1D(left: map.geometry.padding.left, right: map.geometry.padding.right) }
  /// How far apart the elements of the window are.
  public var dilation: Int { map.geometry.dilation.width }
  /// The groups of channels that meet only each other.
  public var groups: Int { map.groups }
  /// What stands in the margin.
  public var paddingMode: PaddingMode { map.geometry.mode }

  package let map: ConvolutionMap

  /// A layer with freshly initialized parameters, of fan-in in / groups · k; the bias starts at 0.
  ///
  /// - Parameters:
  ///   - inputs: The channels of x.
  ///   - outputs: The channels of y.
  ///   - kernel: The length of the window.
  ///   - stride: The window's steps.
  ///   - padding: The steps of margin before and after x, or `.same` or `.causal`.
  ///   - dilation: How far apart the elements of the window are.
  ///   - groups: The groups of channels that meet only each other; as many as channels for a depthwise convolution.
  ///   - paddingMode: What stands in the margin.
  ///   - bias: Whether there is a b.
  ///   - initializer: How w is drawn.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Padding1D = 0, dilation: Int = 1,
    groups: Int = 1, paddingMode: PaddingMode = .zeros, bias: Bool = true, initializer: Initializer = .heUniform
  ) {
    let layer = "Conv1D(\(inputs), \(outputs), kernel: \(kernel))"
    require(
      min(inputs, outputs, kernel) > 0, "\(layer): channels and kernel must be positive")
    requireGroups(layer, groups, inputs, outputs)
    let shape: Shape = [outputs, inputs / groups, kernel]
    self.init(
      weight: Parameter(
        initializer.tensor(shape, fanIn: shape.count / outputs, fanOut: shape.count / shape[1] / groups)),
      bias: bias ? Parameter([outputs], initialValue: 0) : nil, stride: stride, padding: padding, dilation: dilation,
      groups: groups, paddingMode: paddingMode)
  }

  /// A layer of given parameters, which other layers may share.
  public init(
    weight: Parameter, bias: Parameter?, stride: Int = 1, padding: Padding1D = 0, dilation: Int = 1, groups: Int = 1,
    paddingMode: PaddingMode = .zeros
  ) {
    require(
      weight.shape.rank == 3 && weight.shape.count > 0
        && (bias == nil || bias!.shape == [weight.shape[0]] && bias!.dtype == weight.dtype),
      "Conv1D: needs a weight of shape [out, in, k] and a bias of shape [out] of the same type, not \(weight.dtype) "
        + "of \(weight.shape) and " + (bias.map { "\($0.dtype) of \($0.shape)" } ?? "none"))
    requireGroups("Conv1D", groups, groups > 0 ? weight.shape[1] &* groups : 1, weight.shape[0])
    self.weight = weight
    self.bias = bias
    require(
      !padding.isSame || stride == 1,
      "Conv1D: padding \(padding) needs a stride of 1, not \(stride): give the margins as numbers")
    let geometry = WindowGeometry(
      "Conv1D", kernel: Size2D(1, weight.shape[2]), stride: Size2D(1, stride),
      padding: padding.columns(for: weight.shape[2], dilation), dilation: Size2D(1, dilation), mode: paddingMode,
      isSequence: true)
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

  public var description: String { map.description(of: "Conv1D", weight, bias) }
}
