import COpenBLAS
import StrataTensor

/// Whether the BLAS of this machine multiplies correctly: matrix products of awkward shapes, compared with plain loops
/// of higher precision.
///
/// A BLAS chooses its kernels by the CPU it finds, so the ones that run here may have been tried nowhere else. All
/// forms and both precisions are compared, on as many workers as ``Runtime/workers``.
package struct ProductCheck: Sendable, CustomStringConvertible {
  /// The OpenBLAS library at work: its version, options and core, as ``Runtime/blas``.
  package let blas: String

  /// How many threads OpenBLAS itself uses: 1, for products are cut into blocks for ``Runtime/workers``.
  package let blasThreads: Int

  /// The generation of CPU whose vector kernels run, as ``Runtime/kernels``.
  package let kernels: String

  /// How many threads share an operation, as ``Runtime/workers``.
  package let workers: Int

  /// How many products were compared.
  package let products: Int

  /// The largest error found, as a fraction of what rounding can explain.
  package let worstError: Double

  /// The products that are wrong, each with the element that is worst.
  package let failures: [String]

  /// Compares this many products; a few hundred take some milliseconds.
  package init(products: Int) {
    blas = Runtime.blas
    blasThreads = Int(openblas_get_num_threads())
    kernels = Runtime.kernels
    workers = Runtime.workers
    self.products = products
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
    worstError = worst
    self.failures = failures
  }

  /// Whether no product is wrong.
  package var isSound: Bool { failures.isEmpty && blasThreads == 1 }

  /// What runs, how many products were compared, and each that is wrong.
  package var description: String {
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
