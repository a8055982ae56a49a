import StrataTensor

/// What the transposed convolutions of images and of sequences share: the window of the convolution from y to x, on
/// channels in groups, and how many rows and columns y has in addition.
package struct TransposedConvolutionMap: BilinearMap {
  let geometry: WindowGeometry
  let groups: Int
  let extra: Size2D

  /// A map whose added rows and columns are fewer than a stride or a dilation, so that x has one shape for each of y.
  init(_ layer: String, _ geometry: WindowGeometry, groups: Int, extra: Size2D) {
    let (stride, dilation) = (geometry.stride, geometry.dilation)
    func text(_ size: Size2D) -> String { geometry.isSequence ? "\(size.width)" : "\(size)" }
    require(
      extra.height >= 0 && extra.width >= 0 && extra.height < max(stride.height, dilation.height)
        && extra.width < max(stride.width, dilation.width),
      "\(layer): outputPadding \(text(extra)) must be at least 0, and less than stride \(text(stride)) or dilation "
        + "\(text(dilation))")
    (self.geometry, self.groups, self.extra) = (geometry, groups, extra)
  }

  /// The channels in and out of a weight [in, out / groups, …].
  func channels(of weight: Parameter) -> (in: Int, out: Int) { (weight.shape[0], weight.shape[1] * groups) }

  /// The shape of y.
  func outputShape(of layer: some CustomStringConvertible, for input: Shape, _ weight: Parameter) throws -> Shape {
    try geometry.transposedShape(layer.description, for: input, channels: channels(of: weight), extra: extra)
  }

  /// y: what the convolution by w would give as dL/dx for x as dL/dy, plus the bias.
  package func output(
    of layer: some Layer & CustomStringConvertible, _ x: Tensor, _ w: Tensor, _ bias: Parameter?
  ) -> Tensor {
    let shape = layer.requireFloatingInput(x)
    layer.requireSameType(x.dtype, w.dtype)
    let window = SlidingWindow(geometry, from: shape, to: x.shape, groups: groups)
    WorkMeter.count(multiplyAdds: x.count * window.taps.count)
    let y = x.dtype.withKernels(for: layer.description) { window.inputGradient(x, w, $0) }
    guard let bias = bias?.value else { return y }
    layer.requireSameType(x.dtype, bias.dtype)
    return y + bias.reshaped(to: Shape([bias.count] + Array(repeating: 1, count: x.rank - 2)))
  }

  package func weightGradient(
    of layer: some Layer & CustomStringConvertible, _ dy: Tensor, _ x: Tensor
  ) -> Tensor {
    dy.requireGradient(of: layer.description, layer.requireFloatingInput(x), x.dtype)
    let window = SlidingWindow(geometry, from: dy.shape, to: x.shape, groups: groups)
    return x.dtype.withKernels(for: layer.description) { window.weightGradient(x, dy, $0) }
  }

  /// dL/dx, in the shape of x: the convolution of dy.
  package func inputGradient(of layer: some CustomStringConvertible, _ dy: Tensor, _ w: Tensor, _ shape: Shape)
    -> Tensor
  {
    let window = SlidingWindow(geometry, from: dy.shape, to: shape, groups: groups)
    return dy.dtype.withKernels(for: layer.description) { window.convolved(dy, w, nil, $0) }
  }

  /// How a layer of this name describes itself.
  func description(of layer: String, _ weight: Parameter, _ bias: Parameter?) -> String {
    let added = geometry.isSequence ? "\(extra.width)" : "\(extra)"
    return "\(layer)(\(channels(of: weight).in), \(channels(of: weight).out), \(geometry.description(defaultStride: 1))"
      + (extra == 0 ? "" : ", outputPadding: \(added)")
      + (groups == 1 ? "" : ", groups: \(groups)") + (bias == nil ? ", bias: false)" : ")")
  }
}
