import COpenBLAS

/// What ``Runtime/selfCheck(products:)`` found: whether the BLAS of this machine multiplies rightly.
///
/// A BLAS chooses its kernels by the CPU it finds, so the ones that run here may have been tried nowhere else.
public struct SelfCheck: Sendable, CustomStringConvertible {
  /// The OpenBLAS library at work: its version, options and core, as ``Runtime/blas``.
  public let blas: String

  /// How many threads OpenBLAS itself uses: 1, for products are cut into blocks for ``Runtime/workers``.
  public let blasThreads: Int

  /// The generation of CPU whose vector kernels run, as ``Runtime/kernels``.
  public let kernels: String

  /// How many threads share an operation, as ``Runtime/workers``.
  public let workers: Int

  /// How many products were compared.
  public let products: Int

  /// The largest error found, as a fraction of what rounding can explain.
  public let worstError: Double

  /// The products that are wrong, each with the element that is worst.
  public let failures: [String]

  /// Whether no product is wrong.
  public var isSound: Bool { failures.isEmpty && blasThreads == 1 }

  /// What runs, how many products were compared, and each that is wrong.
  public var description: String {
    let verdict = failures.isEmpty ? "none is wrong" : "\(failures.count) are wrong"
    let lines = [
      blas + (blasThreads == 1 ? ", 1 thread" : ", \(blasThreads) threads instead of 1"),
      "vector kernels for \(kernels), \(workers) workers",
      "\(products) matrix products compared, \(verdict); "
        + "the largest error is \((1000 * worstError).rounded() / 1000) of what rounding can explain",
    ]
    return (lines + failures.map { "  wrong: " + $0 }).joined(separator: "\n")
  }
}

extension Runtime {
  /// Compares matrix products of awkward shapes with plain loops of higher precision.
  ///
  /// All forms and both precisions are tried, on the workers that ``workers`` says; random numbers of the program
  /// are not touched. A few hundred take some milliseconds.
  ///
  /// - Parameter products: How many.
  public static func selfCheck(products: Int = 300) -> SelfCheck {
    require(products >= 1, "Runtime.selfCheck: \(products) products prove nothing; compare 1 or more")
    let blas = blas
    var worst = 0.0
    var failures: [String] = []
    for number in 0..<products {
      let product = CheckedProduct(number: number)
      let error = product.worstError(of: product.product())
      worst = max(worst, error.fraction)
      if error.fraction > 1 {
        failures.append("\(product): row \(error.row), column \(error.column), \(error.fraction) times the bound")
      }
    }
    return SelfCheck(
      blas: blas, blasThreads: Int(openblas_get_num_threads()), kernels: kernels, workers: workers,
      products: products, worstError: worst, failures: failures)
  }
}
