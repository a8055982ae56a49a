import COpenBLAS
import CStrataKernels

/// A scalar whose matrices can be multiplied.
package protocol BLASScalar: TensorScalar, ExpressibleByIntegerLiteral {
  /// z = a·b for row-major blocks, plus z itself where `adds`, plus a row repeated where there is a `bias`; m,
  /// n, k are the sizes of the product, the strides those between rows.
  static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Self>, _ aStride: Int, _ b: UnsafePointer<Self>, _ bStride: Int, adds: Bool,
    bias: UnsafePointer<Self>?, _ z: UnsafeMutablePointer<Self>, _ zStride: Int)

  /// BLAS's product of two matrices.
  static var matrixProduct:
    @Sendable (
      CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, Self, UnsafePointer<Self>?, blasint,
      UnsafePointer<Self>?, blasint, Self, UnsafeMutablePointer<Self>?, blasint
    ) -> Void
  { get }

  /// BLAS's product of a matrix and a vector.
  static var vectorProduct:
    @Sendable (
      CBLAS_ORDER, CBLAS_TRANSPOSE, blasint, blasint, Self, UnsafePointer<Self>?, blasint, UnsafePointer<Self>?,
      blasint, Self, UnsafeMutablePointer<Self>?, blasint
    ) -> Void
  { get }
}

extension Float: BLASScalar {
  /// Faster than OpenBLAS above all where one side is short; see Gemm.c.
  private static let hasOwnProduct = strata_gemm_f32_is_available()

  package static let matrixProduct = cblas_sgemm
  package static let vectorProduct = cblas_sgemv

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
}

extension Double: BLASScalar {
  package static let matrixProduct = cblas_dgemm
  package static let vectorProduct = cblas_dgemv

  package static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Double>, _ aStride: Int, _ b: UnsafePointer<Double>, _ bStride: Int, adds: Bool,
    bias: UnsafePointer<Double>?, _ z: UnsafeMutablePointer<Double>, _ zStride: Int
  ) {
    gemmByBLAS(transposeA, transposeB, m, n, k, a, aStride, b, bStride, adds: adds, bias: bias, z, zStride)
  }
}

extension BLASScalar {
  /// `gemm` by BLAS, for `float64` and for CPUs that have no AVX-512.
  package static func gemmByBLAS(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Self>, _ aStride: Int, _ b: UnsafePointer<Self>, _ bStride: Int, adds: Bool,
    bias: UnsafePointer<Self>?, _ z: UnsafeMutablePointer<Self>, _ zStride: Int
  ) {
    if let bias { startRows(of: z, m, n, zStride, from: bias, adds: adds) }
    let adds = adds || bias != nil
    let (aStride, bStride) = (blasint(max(1, aStride)), blasint(max(1, bStride)))
    // A kernel for matrices first packs its operands, at several times the cost of a product with a vector. That adds
    // one term after the other, and more of them would lose more digits than sums in blocks.
    if m == 1 && k <= 4_096 {
      if !adds { z.update(repeating: 0, count: n) }
      Runtime.withBLAS {
        vectorProduct(
          CblasRowMajor, transposeB ? CblasNoTrans : CblasTrans, blasint(transposeB ? n : k),
          blasint(transposeB ? k : n), 1, b, bStride, a, transposeA ? aStride : 1, 1, z, 1)
      }
    } else {
      Runtime.withBLAS {
        matrixProduct(
          CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m),
          blasint(n), blasint(k), 1, a, aStride, b, bStride, adds ? 1 : 0, z, blasint(zStride))
      }
    }
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
