import StrataTensor

/// The shape and type of a tensor whose elements nobody needs.
package struct TensorKind: Sendable {
  package let shape: Shape
  package let dtype: DType

  package init(of x: borrowing Tensor) { (shape, dtype) = (x.shape, x.dtype) }

  /// Zeros of this kind, the gradient of what nothing depends on; for integers, which have none, in `float32`.
  package var zeros: Tensor { Tensor(zeros: shape, dtype: dtype.isFloatingPoint ? dtype : .float32) }
}
