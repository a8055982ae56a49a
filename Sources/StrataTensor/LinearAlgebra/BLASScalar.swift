import COpenBLAS
import CStrataKernels

/// A scalar whose matrices can be multiplied.
package protocol BLASScalar: TensorScalar {
  /// z = a·b for row-major blocks, plus z itself where `adds`, plus a row repeated where there is a `bias`; m,
  /// n, k are the sizes of the product, the strides those between rows.
  static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Self>, _ aStride: Int, _ b: UnsafePointer<Self>, _ bStride: Int, adds: Bool,
    bias: UnsafePointer<Self>?, _ z: UnsafeMutablePointer<Self>, _ zStride: Int)

  /// z += A·x, or Aᵀ·x, for a row-major matrix of these rows and columns and vectors without gaps.
  static func addMatrixVector(
    _ transpose: Bool, _ rows: Int, _ columns: Int, _ a: UnsafePointer<Self>, _ aStride: Int,
    _ x: UnsafePointer<Self>, to z: UnsafeMutablePointer<Self>)
}

extension Float: BLASScalar {
  /// Faster than OpenBLAS above all where one side is short; see Gemm.c.
  private static let hasOwnProduct = strata_gemm_f32_is_available()

  package static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int, adds: Bool,
    bias: UnsafePointer<Float>?, _ z: UnsafeMutablePointer<Float>, _ zStride: Int
  ) {
    if hasOwnProduct {
      strata_gemm_f32(
        m, n, k, a, transposeA ? 1 : aStride, transposeA ? aStride : 1, b, transposeB ? 1 : bStride,
        transposeB ? bStride : 1, adds, bias, z, zStride)
    } else {
      gemmByBLAS(transposeA, transposeB, m, n, k, a, aStride, b, bStride, adds: adds, bias: bias, z, zStride)
    }
  }

  /// The same by BLAS, for CPUs that have no AVX-512.
  package static func gemmByBLAS(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int, adds: Bool,
    bias: UnsafePointer<Float>?, _ z: UnsafeMutablePointer<Float>, _ zStride: Int
  ) {
    if let bias { startRows(of: z, m, n, zStride, from: bias, adds: adds) }
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), 1, a, blasint(max(1, aStride)), b, blasint(max(1, bStride)),
      adds || bias != nil ? 1 : 0, z, blasint(zStride))
  }

  package static func addMatrixVector(
    _ transpose: Bool, _ rows: Int, _ columns: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
    _ x: UnsafePointer<Float>, to z: UnsafeMutablePointer<Float>
  ) {
    cblas_sgemv(
      CblasRowMajor, transpose ? CblasTrans : CblasNoTrans, blasint(rows), blasint(columns), 1, a,
      blasint(max(1, aStride)), x, 1, 1, z, 1)
  }
}

extension Double: BLASScalar {
  package static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Double>, _ aStride: Int, _ b: UnsafePointer<Double>, _ bStride: Int, adds: Bool,
    bias: UnsafePointer<Double>?, _ z: UnsafeMutablePointer<Double>, _ zStride: Int
  ) {
    if let bias { startRows(of: z, m, n, zStride, from: bias, adds: adds) }
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), 1, a, blasint(max(1, aStride)), b, blasint(max(1, bStride)),
      adds || bias != nil ? 1 : 0, z, blasint(zStride))
  }

  package static func addMatrixVector(
    _ transpose: Bool, _ rows: Int, _ columns: Int, _ a: UnsafePointer<Double>, _ aStride: Int,
    _ x: UnsafePointer<Double>, to z: UnsafeMutablePointer<Double>
  ) {
    cblas_dgemv(
      CblasRowMajor, transpose ? CblasTrans : CblasNoTrans, blasint(rows), blasint(columns), 1, a,
      blasint(max(1, aStride)), x, 1, 1, z, 1)
  }
}

/// Writes or adds one row to every row of z, for BLAS to add its product to.
private func startRows<T: BLASScalar>(
  of z: UnsafeMutablePointer<T>, _ rows: Int, _ columns: Int, _ stride: Int, from row: UnsafePointer<T>, adds: Bool
) {
  for r in 0..<rows {
    let target = z + r * stride
    if adds { for c in 0..<columns { target[c] += row[c] } } else { target.update(from: row, count: columns) }
  }
}
