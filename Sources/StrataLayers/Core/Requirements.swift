import StrataTensor

// What layers demand of their callers, with a message that names the layer.
extension Layer {
  /// Stops the program unless an input has the type of the layer's parameters.
  func requireSameType(_ input: DType, _ parameters: DType) {
    require(
      input == parameters,
      "\(self): the input is \(input), the parameters are \(parameters); convert "
        + "the input with converted(to:), or the model with convert(to:)")
  }

  /// The shape of the output; stops the program where the layer does not take this input, or it holds integers.
  func requireFloatingInput(_ x: Tensor) -> Shape {
    if !x.dtype.isFloatingPoint { refuseIntegers("\(self)") }
    do { return try outputShape(for: x.shape) } catch { stop("\(error)") }
  }
}

extension Shape {
  /// The shape that a layer makes of rows of `inputs` features; throws a ``ShapeError`` where this is no batch of them.
  func mapped(by layer: String, features inputs: Int, to outputs: Int, _ meaning: String? = nil) throws -> Shape {
    if rank >= 2, self[-1] == inputs { return withTrailing(outputs) }
    let size = "its input size" + (meaning.map { ", \($0)," } ?? "")
    let remedy =
      if rank < 2 {
        count == inputs
          ? "the batch axis is missing: give a single example the shape [1, \(inputs)]"
          : "give it a batch of rows of \(inputs) numbers"
      } else if rank > 2 && rowShape.count == inputs {
        "put Flatten() before it"
      } else {
        "make \(size) \(self[-1]), or the last axis of what comes before \(inputs)"
      }
    throw ShapeError(
      layer, expected: "[…, \(inputs)]", input: self, remedy: remedy,
      assumedOutput: rank >= 2 ? withTrailing(outputs) : nil)
  }
}
