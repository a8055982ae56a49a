import StrataTensor

/// The shape and type of a tensor whose elements nobody needs.
public struct TensorKind: Sendable {
  let shape: Shape
  let dtype: DType

  init(of x: borrowing Tensor) { (shape, dtype) = (x.shape, x.dtype) }

  /// Zeros of this kind, the gradient of what nothing depends on; for integers, which have none, in `float32`.
  var zeros: Tensor { Tensor(zeros: shape, dtype: dtype.isFloatingPoint ? dtype : .float32) }
}
