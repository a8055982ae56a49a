import StrataTensor

/// What the convolutions of images and of sequences share: a window on channels in groups, and what fills the margin.
struct ConvolutionMap: Sendable {
  let geometry: WindowGeometry
  let groups: Int

  /// y = x ∗ w + bias.
  func output(_ layer: @autoclosure () -> String, _ x: Tensor, _ w: Tensor, _ bias: Tensor?, to shape: Shape) -> Tensor
  {
    let x = padded(x)
    let window = window(from: x.shape, to: shape)
    return x.dtype.withKernels(for: layer()) { window.convolved(x, w, bias, $0) }
  }

  /// dL/dw, as [out, in / groups, kh, kw].
  func weightGradient(_ layer: @autoclosure () -> String, _ dy: Tensor, _ x: Tensor) -> Tensor {
    let x = padded(x)
    let window = window(from: x.shape, to: dy.shape)
    return x.dtype.withKernels(for: layer()) { window.weightGradient(dy, x, $0) }
  }

  /// dL/dx, in the shape of x.
  func inputGradient(_ layer: @autoclosure () -> String, _ dy: Tensor, _ w: Tensor, _ shape: Shape) -> Tensor {
    guard let margins = margins(of: shape) else {
      let window = window(from: shape, to: dy.shape)
      return dy.dtype.withKernels(for: layer()) { window.inputGradient(dy, w, $0) }
    }
    let wide = shape.asImages.replacing(2, by: margins.rows.outputs).replacing(3, by: margins.columns.outputs)
    let window = window(from: wide, to: dy.shape)
    let dx = dy.dtype.withKernels(for: layer()) { window.inputGradient(dy, w, $0) }
    return dx.resampledBack(margins.rows, margins.columns).reshaped(to: shape)
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
