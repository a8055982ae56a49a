import StrataTensor

/// What a convolution and a transposed one have in common: y is linear in x, and in the weight w.
package protocol BilinearMap: Sendable {
  /// y = F(x, w) + bias.
  func output(of layer: some Layer & CustomStringConvertible, _ x: Tensor, _ w: Tensor, _ bias: Parameter?) -> Tensor

  /// dL/dx, in the shape of x.
  func inputGradient(of layer: some CustomStringConvertible, _ dy: Tensor, _ w: Tensor, _ shape: Shape) -> Tensor

  /// dL/dw, with the axes of the window last.
  func weightGradient(of layer: some Layer & CustomStringConvertible, _ dy: Tensor, _ x: Tensor) -> Tensor
}

extension BilinearMap {
  /// Adds dL/dw and dL/dbias.
  func addParameterGradients(
    of layer: some Layer & CustomStringConvertible, _ dy: Tensor, _ x: Tensor, to weight: Parameter, _ bias: Parameter?,
    _ gradients: inout Gradients
  ) {
    gradients.add(weightGradient(of: layer, dy, x).reshaped(to: weight.shape), to: weight)
    if let bias { gradients.addChannelSums(of: dy, to: bias) }
  }
}
