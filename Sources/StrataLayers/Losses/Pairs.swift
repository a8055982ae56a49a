import StrataTensor

// What the objectives of pairs and triples of tensors share.

extension Objective where Target == Tensor {
  /// Stops the program unless the tensors of an output have one shape and type.
  func requireAlike(_ output: Output) -> Shape {
    let tensors = output.tensors
    let first = tensors[0]
    require(
      tensors.allSatisfy { $0.shape == first.shape && $0.dtype == first.dtype } && first.count > 0,
      "\(Self.self): the outputs must be of one shape and type, and have elements, not \(output.shapes.listed)")
    return first.shape
  }

  /// Stops the program unless the outputs are [B, D], with numbers of their type [B] as the target.
  func requireRows(_ output: Output, _ target: Tensor) {
    let (shape, dtype) = (requireAlike(output), output.tensors[0].dtype)
    require(
      shape.rank == 2 && target.shape == [shape[0]] && target.dtype == dtype,
      "\(Self.self): outputs [B, D] need a \(dtype) target [B], not outputs \(shape) and a \(target.dtype) target "
        + "\(target.shape)")
  }

  /// Throws unless every element of a target is one of two numbers.
  func requireTargets(_ target: Tensor, _ a: Double, _ b: Double) throws {
    guard target.count == 0 || ((target .== a) + (target .== b)).min().item == 1 else {
      throw TargetError("\(Self.self): targets must be \(a) or \(b)")
    }
  }
}

extension Tensor {
  /// y = x / ‖x‖ of each row, and the norms [B, 1]; a row of zeros stays.
  func normalizedRows() -> (rows: Tensor, norms: Tensor) {
    let norms = norm(along: 1, keepingAxis: true)
    return (self / norms.replacing(with: 1, where: norms .== 0), norms)
  }

  /// The gradient by x of y = x / ‖x‖, this tensor being dy: (dy − y Σ dy y) / ‖x‖.
  func throughNormalization(_ rows: Tensor, _ norms: Tensor) -> Tensor {
    let along = (self * rows).sum(along: 1, keepingAxis: true)
    return (self - rows * along) / norms.replacing(with: 1, where: norms .== 0)
  }
}
