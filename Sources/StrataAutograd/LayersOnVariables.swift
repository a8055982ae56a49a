import StrataLayers
import StrataTensor

extension Layer {
  /// Applies the layer to a variable: with `forward` while a tape is recorded, as in training, and its `backward` as
  /// the derivative; otherwise as in inference.
  ///
  /// In ``gradients(of:)`` and a ``DifferentiableLayer`` the layer's parameters receive gradients; functions that
  /// differentiate with respect to inputs only treat them as constants. Such a layer has no forward mode.
  public func callAsFunction(_ x: Variable) -> Variable {
    require(x.tangent == nil, "\(self) has no forward mode; take its gradient, or write it as a DifferentiableLayer")
    guard let recorder = TapeRecorder.current else { return Variable(self(x.value)) }
    let (y, box) = forwardBoxed(x.value)
    return TapeRecorder.note("\(Self.self)", [x], Variable(y), keeping: [], on: recorder, cache: box) {
      dy, node, isWanted, gradients in
      if node.parents.contains(where: isWanted) {
        return [Variable(backwardBoxed(dy.value, node.cache.take()!, &gradients))]
      }
      accumulateBoxed(dy.value, node.cache.take()!, &gradients)
      return [nil]
    }
  }
}

extension Loss {
  /// Returns the loss of a variable, of shape [1]. It can be differentiated once; ``softmaxCrossEntropy(_:_:)`` twice.
  public func callAsFunction(_ output: Variable, _ target: Tensor) -> Variable {
    let isOnce = output.tangent == nil || output.link == nil
    require(isOnce, "\(Self.self) has no second derivative; write it with variables, or take softmaxCrossEntropy")
    let (value, gradient) = evaluate(output.value, target)
    let derivative = Derivative(kept: [Variable(gradient)]) { dy, kept in dy * kept[0] }
    let y = Tensor(repeating: value, shape: [1], dtype: output.dtype)
    return Variable("\(Self.self)", y, of: [output], [derivative])
  }
}
