import StrataTensor

// What layers demand of their callers, with a message that names the layer.
extension Layer {
  /// Stops the program unless an input has the type of the layer's parameters.
  func requireSameType(_ input: DType, _ parameters: DType) {
    require(
      input == parameters,
      "\(self): the input is \(input), the parameters are \(parameters); convert one with converted(to:)")
  }

  /// The shape of the output; stops the program where the layer does not take this input, or it holds integers.
  func requireFloatingInput(_ x: Tensor) -> Shape {
    if !x.dtype.isFloatingPoint { refuseIntegers("\(self)") }
    do { return try outputShape(for: x.shape) } catch { stop("\(error)") }
  }
}
