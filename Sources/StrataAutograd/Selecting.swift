import StrataTensor

// Elements chosen by masks, by indices and by their order. Masks and indices are tensors, and constants.
extension Variable {
  /// Returns a where the mask holds, and b elsewhere; neither receives anything where the other is taken.
  public static func `where`(_ mask: Tensor, _ a: Variable, _ b: Variable) -> Variable {
    let zero = a.constant(0)
    let byA = Derivative(push: { dx, _ in .where(mask, dx, zero) }) { [shape = a.shape] dy, _ in
      .where(mask, dy, zero).summed(to: shape)
    }
    let byB = Derivative(push: { dx, _ in .where(mask, zero, dx) }) { [shape = b.shape] dy, _ in
      .where(mask, zero, dy).summed(to: shape)
    }
    return Variable("where", .where(mask, a.value, b.value), of: [a, b], [byA, byB])
  }

  /// Returns a where the mask holds, and a number elsewhere.
  public static func `where`(_ mask: Tensor, _ a: Variable, _ b: Double) -> Variable {
    .where(mask, a, a.constant(b))
  }

  /// Returns the variable with elements of another where the mask holds.
  public func replacing(with other: Variable, where mask: Tensor) -> Variable { .where(mask, other, self) }

  /// Returns the variable with a number where the mask holds.
  public func replacing(with number: Double, where mask: Tensor) -> Variable { .where(mask, constant(number), self) }

  /// Returns, along an axis, the elements at the indices of an `int32` tensor; the transpose adds each to the place it
  /// came from.
  public func gathered(_ indices: Tensor, along axis: Int) -> Variable {
    mapped("gathered", { $0.gathered(indices, along: axis) }) { [shape] in
      $0.scattered(at: indices, along: axis, in: shape)
    }
  }

  private func scattered(at indices: Tensor, along axis: Int, in shape: Shape) -> Variable {
    mapped(
      "scattered",
      { Tensor(zeros: shape, dtype: $0.dtype).scattering($0, at: indices, along: axis, adding: true) },
      transposed: { $0.gathered(indices, along: axis) })
  }

  /// Returns the variable with elements of another written along an axis at the indices of an `int32` tensor, or added
  /// there. Of several elements written to one place the last alone receives its gradient.
  public func scattering(
    _ source: Variable, at indices: Tensor, along axis: Int, adding: Bool = false
  ) -> Variable {
    let shape = shape
    if adding { return self + source.scattered(at: indices, along: axis, in: shape) }
    let numbers = Tensor(arange: 1..<indices.count + 1).reshaped(to: indices.shape)
    let writers = Tensor(zeros: shape, dtype: .int32).scattering(numbers, at: indices, along: axis)
    let last = source.replacing(with: 0, where: writers.gathered(indices, along: axis) .!= numbers)
    return replacing(with: 0, where: writers) + last.scattered(at: indices, along: axis, in: shape)
  }

  /// Returns the largest element along an axis, the first of equals, which receives the gradient, and its index.
  public func maxWithIndices(along axis: Int, keepingAxis: Bool = false) -> (values: Variable, indices: Tensor) {
    let indices = value.argmax(along: axis, keepingAxis: true)
    return (
      gathered(indices, along: axis).without([axis], unless: keepingAxis),
      keepingAxis ? indices : indices.squeezed(axis)
    )
  }

  /// Returns the smallest element along an axis, the first of equals, which receives the gradient, and its index.
  public func minWithIndices(along axis: Int, keepingAxis: Bool = false) -> (values: Variable, indices: Tensor) {
    let (values, indices) = (-self).maxWithIndices(along: axis, keepingAxis: keepingAxis)
    return (-values, indices)
  }

  /// Returns the elements along an axis in order, and their indices in this variable.
  public func sorted(along axis: Int = -1, descending: Bool = false) -> (values: Variable, indices: Tensor) {
    let indices = value.argsort(along: axis, descending: descending)
    return (gathered(indices, along: axis), indices)
  }

  /// Returns the k largest elements along an axis, or the k smallest, in order from the first, and their indices.
  public func topK(_ k: Int, along axis: Int = -1, largest: Bool = true) -> (values: Variable, indices: Tensor) {
    let indices = value.topK(k, along: axis, largest: largest).indices
    return (gathered(indices, along: axis), indices)
  }
}
