import StrataLayers
import StrataTensor

extension Layer {
  /// The layer's output for a variable: while a tape is recorded that of `forward`, as in training, with the
  /// layer's `backward` as the derivative; else that of inference.
  ///
  /// In ``gradients(of:)`` and a ``DifferentiableLayer`` the layer's parameters receive their gradients; what
  /// differentiates by inputs alone leaves them out. A layer of which only a backward is known has no forward mode.
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
  /// The loss of a variable, of shape [1]. It is differentiated once; ``softmaxCrossEntropy(_:_:)`` twice.
  public func callAsFunction(_ output: Variable, _ target: Tensor) -> Variable {
    let isOnce = output.tangent == nil || output.link == nil
    require(isOnce, "\(Self.self) has no second derivative; write it with variables, or take softmaxCrossEntropy")
    let (value, gradient) = evaluate(output.value, target)
    let derivative = Derivative(kept: [Variable(gradient)]) { dy, kept in dy * kept[0] }
    let y = Tensor(repeating: value, shape: [1], dtype: output.dtype)
    return Variable("\(Self.self)", y, of: [output], [derivative])
  }
}
