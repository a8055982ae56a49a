import COpenBLAS
import Foundation

/// Golub and Van Loan, "Matrix Computations", chapters 7 and 8.
extension Tensor {
  /// The singular values σ₁ ≥ σ₂ ≥ … ≥ 0 of a matrix A [m, n]: the lengths of the half axes of the ellipsoid that A
  /// makes of the unit ball. There are min(m, n) of them; their squares are eigenvalues of AᵀA.
  ///
  /// Computed in double precision in about 4·m·n·min(m, n) operations, by LAPACK's `dgesvd`. A matrix with an
  /// element that is not finite has only NaN.
  public var singularValues: [Double] {
    require(rank == 2, "singularValues needs a matrix; this tensor has shape \(shape)")
    let count = Swift.min(shape[0], shape[1])
    // In LAPACK's order of elements this is the transpose, whose singular values are the same.
    let (rows, columns) = (blasint(shape[1]), blasint(shape[0]))
    guard count > 0, var matrix = finiteElements() else { return Array(repeating: .nan, count: count) }
    var values = Array(repeating: Double.nan, count: count)
    let status = callLAPACK { work, workCount, status in
      dgesvd_(
        "N", "N", [rows], [columns], &matrix, [rows], &values, nil, [1], nil, [1], work, workCount, status, 1, 1)
    }
    return status == 0 ? values : Array(repeating: .nan, count: count)
  }

  /// The spectral norm ‖A‖₂ = max ‖Ax‖ / ‖x‖ of a matrix, its largest singular value: the most by which A can
  /// lengthen a vector.
  ///
  /// NaN where an element is not finite; 0 of a matrix without elements.
  public var spectralNorm: Double { singularValues.first ?? 0 }

  /// The spectral radius ρ(A) = max |λᵢ| of a square matrix, the largest magnitude of its eigenvalues: ‖Aᵏ‖
  /// grows as ρᵏ, so a recurrence by A explodes in the long run where ρ > 1 and vanishes where ρ < 1.
  ///
  /// It is at most ``spectralNorm``, and the same for a symmetric matrix. Computed in double precision in about
  /// 10·n³ operations, by LAPACK's `dgeev`. NaN where an element is not finite; 0 of a matrix without elements.
  public var spectralRadius: Double {
    require(
      rank == 2 && shape[0] == shape[1], "spectralRadius needs a square matrix; this tensor has shape \(shape)")
    guard count > 0 else { return 0 }
    guard var matrix = finiteElements() else { return .nan }
    let order = blasint(shape[0])
    var (real, imaginary) = (Array(repeating: 0.0, count: shape[0]), Array(repeating: 0.0, count: shape[0]))
    let status = callLAPACK { work, workCount, status in
      dgeev_(
        "N", "N", [order], &matrix, [order], &real, &imaginary, nil, [1], nil, [1], work, workCount, status, 1, 1)
    }
    return status == 0 ? zip(real, imaginary).map { hypot($0, $1) }.max()! : .nan
  }

  /// The elements in double precision, nil where one is not finite: LAPACK's iterations are made for finite ones.
  func finiteElements(for operation: String = "a spectrum") -> [Double]? {
    if dtype == .int32 { refuseIntegers(operation) }
    let elements = elements(as: Double.self)
    return elements.allSatisfy(\.isFinite) ? elements : nil
  }
}
