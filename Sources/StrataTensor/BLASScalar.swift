import COpenBLAS

/// A scalar that BLAS multiplies.
package protocol BLASScalar: TensorScalar {
  /// z = beta·z + a·b for row-major blocks; m, n, k are the sizes of the product, the others row strides.
  static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Self>, _ aStride: Int, _ b: UnsafePointer<Self>, _ bStride: Int,
    _ beta: Self, _ z: UnsafeMutablePointer<Self>, _ zStride: Int)
}

extension Float: BLASScalar {
  package static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
    _ beta: Float, _ z: UnsafeMutablePointer<Float>, _ zStride: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), 1, a, blasint(max(1, aStride)), b, blasint(max(1, bStride)),
      beta, z, blasint(zStride))
  }
}

extension Double: BLASScalar {
  package static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Double>, _ aStride: Int, _ b: UnsafePointer<Double>, _ bStride: Int,
    _ beta: Double, _ z: UnsafeMutablePointer<Double>, _ zStride: Int
  ) {
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), 1, a, blasint(max(1, aStride)), b, blasint(max(1, bStride)),
      beta, z, blasint(zStride))
  }
}
