import StrataTensor

/// What the convolutions of images and of sequences share: a window on channels in groups, and what fills the margin.
package struct ConvolutionMap: BilinearMap {
  let geometry: WindowGeometry
  let groups: Int

  /// y = x ∗ w + bias.
  package func output(
    of layer: some Layer & CustomStringConvertible, _ x: Tensor, _ w: Tensor, _ bias: Parameter?
  ) -> Tensor {
    let (shape, bias) = (layer.requireFloatingInput(x), bias?.value)
    layer.requireSameType(x.dtype, w.dtype)
    if let bias { layer.requireSameType(x.dtype, bias.dtype) }
    let x = padded(x)
    let window = window(from: x.shape, to: shape)
    return x.dtype.withKernels(for: layer.description) { window.convolved(x, w, bias, $0) }
  }

  package func weightGradient(
    of layer: some Layer & CustomStringConvertible, _ dy: Tensor, _ x: Tensor
  ) -> Tensor {
    dy.requireGradient(of: layer.description, layer.requireFloatingInput(x), x.dtype)
    let x = padded(x)
    let window = window(from: x.shape, to: dy.shape)
    return x.dtype.withKernels(for: layer.description) { window.weightGradient(dy, x, $0) }
  }

  /// dL/dx, in the shape of x.
  package func inputGradient(of layer: some CustomStringConvertible, _ dy: Tensor, _ w: Tensor, _ shape: Shape)
    -> Tensor
  {
    guard let margins = margins(of: shape) else {
      let window = window(from: shape, to: dy.shape)
      return dy.dtype.withKernels(for: layer.description) { window.inputGradient(dy, w, $0) }
    }
    let wide = shape.asImages.replacing(2, by: margins.rows.outputs).replacing(3, by: margins.columns.outputs)
    let window = window(from: wide, to: dy.shape)
    let dx = dy.dtype.withKernels(for: layer.description) { window.inputGradient(dy, w, $0) }
    return dx.resampledBack(margins.rows, margins.columns).reshaped(to: shape)
  }

  /// The channels in and out of a weight [out, in / groups, …].
  func channels(of weight: Parameter) -> (in: Int, out: Int) { (weight.shape[1] * groups, weight.shape[0]) }

  /// How a layer of this name describes itself.
  func description(of layer: String, _ weight: Parameter, _ bias: Parameter?) -> String {
    "\(layer)(\(channels(of: weight).in), \(channels(of: weight).out), \(geometry.description(defaultStride: 1))"
      + (groups == 1 ? "" : ", groups: \(groups)")
      + (geometry.mode == .zeros ? "" : ", paddingMode: .\(geometry.mode)") + (bias == nil ? ", bias: false)" : ")")
  }

  private func window(from input: Shape, to output: Shape) -> SlidingWindow {
    SlidingWindow(
      geometry.mode == .zeros ? geometry : geometry.withoutPadding, from: input, to: output, groups: groups)
  }

  /// The margins that are not zeros: those the window sees as they are.
  private func margins(of input: Shape) -> (rows: AxisMap, columns: AxisMap)? {
    let (images, padding, mode) = (input.asImages, geometry.padding, geometry.mode)
    if mode == .zeros || padding == 0 { return nil }
    return (
      AxisMap(padding: images[2], padding.top, padding.bottom, padding.top + padding.bottom == 0 ? .zeros : mode),
      AxisMap(padding: images[3], padding.left, padding.right, mode)
    )
  }

  private func padded(_ x: Tensor) -> Tensor {
    guard let margins = margins(of: x.shape) else { return x }
    return x.reshaped(to: x.shape.asImages).resampled(margins.rows, margins.columns)
  }
}

/// What a convolution, or its transposed map, keeps of one forward: its input and its weight.
public struct ConvolutionCache: Sendable {
  let x: Tensor
  let weight: Tensor
}

extension Gradients {
  /// Adds to the gradient of a bias of channels: dy summed over batch and positions.
  mutating func addChannelSums(of dy: Tensor, to bias: Parameter) {
    let area = dy.shape.lengths.dropFirst(2).reduce(1, *)
    addColumnSums(of: dy.reshaped(to: [dy.shape[0], dy.shape[1], area]).sum(along: 2), to: bias)
  }
}

/// Stops the program unless channels can be cut into groups.
func requireGroups(_ layer: @autoclosure () -> String, _ groups: Int, _ inputs: Int, _ outputs: Int) {
  require(
    groups > 0 && inputs % groups == 0 && outputs % groups == 0,
    "\(layer()): groups \(groups) must be positive and divide the \(inputs) channels in and the \(outputs) out")
}
