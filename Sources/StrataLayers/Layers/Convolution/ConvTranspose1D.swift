import StrataTensor

/// y[b, o, q] = bias[o] + Σ over c, r, i with r·t + i·d − p = q of w[c, o, i] · x[b, c, r]: the transposed map of
/// ``Conv1D``, which spreads each step of x over a window of y. t is the stride, d the dilation and p the padding, by
/// which y is cut on each side.
///
/// ```swift
/// ConvTranspose1D(16, 8, kernel: 4, stride: 2, padding: 1)      // [B, 16, 50] to [B, 8, 100]
/// ```
///
/// - Shapes: x is [B, in, T]; w is [in, out / groups, k], b is [out]; y is [B, out, R] with
///   R = (T − 1) t − 2p + d (k − 1) + 1 + ``outputPadding``. Weights of PyTorch's `nn.ConvTranspose1d` fit as they are.
///
/// # Backward
/// That of ``ConvTranspose2D`` for images of one row: with w = [2, 3], x = [1, 10] gives y = [2, 23, 30], and
/// dy = [1, 5, 4] gives dx = [17, 22] and dw = [51, 45]. The cache is x and a snapshot of w.
public struct ConvTranspose1D: Layer, BilinearLayer {
  /// w, of shape [in, out / groups, k].
  public let weight: Parameter

  /// b, of shape [out], where there is one.
  public let bias: Parameter?

  /// The length of the window.
  public var kernel: Int { map.geometry.kernel.width }
  /// The steps of the window in y.
  public var stride: Int { map.geometry.stride.width }
  /// How many steps y is cut by on each side.
  public var padding: Int { map.geometry.padding.left }
  /// How many steps at the end y has in addition.
  public var outputPadding: Int { map.extra.width }
  /// How far apart the elements of the window are.
  public var dilation: Int { map.geometry.dilation.width }
  /// The groups of channels that meet only each other.
  public var groups: Int { map.groups }

  package let map: TransposedConvolutionMap

  /// A layer with freshly initialized parameters; the bias starts at 0.
  ///
  /// - Parameters:
  ///   - inputs: The channels of x.
  ///   - outputs: The channels of y.
  ///   - kernel: The length of the window.
  ///   - stride: The window's steps in y.
  ///   - padding: How many steps y is cut by on each side.
  ///   - outputPadding: How many steps at the end y has in addition; less than the stride or the
  ///     dilation.
  ///   - dilation: How far apart the elements of the window are.
  ///   - groups: The groups of channels that meet only each other.
  ///   - bias: Whether there is a b.
  ///   - initializer: How w is drawn.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true, initializer: Initializer = .heUniform
  ) {
    let layer = "ConvTranspose1D(\(inputs), \(outputs), kernel: \(kernel))"
    require(
      min(inputs, outputs, kernel) > 0, "\(layer): channels and kernel must be positive")
    requireGroups(layer, groups, inputs, outputs)
    let shape: Shape = [inputs, outputs / groups, kernel]
    // Each element of y meets the kernel's elements of one phase of the stride.
    let phases = max(1, stride)
    self.init(
      weight: Parameter(
        initializer.tensor(
          shape, fanIn: max(1, shape.count / shape[1] / groups / phases), fanOut: shape.count / shape[0])),
      bias: bias ? Parameter([outputs], initialValue: 0) : nil, stride: stride, padding: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups)
  }

  /// A layer of given parameters, which other layers may share.
  public init(
    weight: Parameter, bias: Parameter?, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
    dilation: Int = 1, groups: Int = 1
  ) {
    require(
      weight.shape.rank == 3 && weight.shape.count > 0
        && (bias == nil || bias!.shape == [weight.shape[1] &* groups] && bias!.dtype == weight.dtype),
      "ConvTranspose1D: needs a weight of shape [in, out, k] and a bias of shape [out] of the same type, not "
        + "\(weight.dtype) of \(weight.shape) and " + (bias.map { "\($0.dtype) of \($0.shape)" } ?? "none"))
    requireGroups("ConvTranspose1D", groups, weight.shape[0], groups > 0 ? weight.shape[1] &* groups : 1)
    let geometry = WindowGeometry(
      "ConvTranspose1D", kernel: Size2D(1, weight.shape[2]), stride: Size2D(1, stride),
      padding: Padding2D(0, padding), dilation: Size2D(1, dilation), isSequence: true)
    map = TransposedConvolutionMap("ConvTranspose1D", geometry, groups: groups, extra: Size2D(0, outputPadding))
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

  public var description: String { map.description(of: "ConvTranspose1D", weight, bias) }
}
