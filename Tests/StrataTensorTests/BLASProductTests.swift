import StrataTensor
import Testing

/// Products by BLAS in both precisions, where a CPU with AVX-512 never uses float32, and by Strata's kernels.
@Suite(.seeded) struct BLASProductTests {
  struct Form: Sendable {
    let left, right, adds, hasBias: Bool
  }

  static let forms = (0..<16).map {
    Form(left: $0 & 1 != 0, right: $0 & 2 != 0, adds: $0 & 4 != 0, hasBias: $0 & 8 != 0)
  }

  typealias Product<T> = (
    Bool, Bool, Int, Int, Int, UnsafePointer<T>, Int, UnsafePointer<T>, Int, _ adds: Bool,
    _ bias: UnsafePointer<T>?, UnsafeMutablePointer<T>, Int
  ) -> Void

  @Test(arguments: forms) func `products transpose, add and start from the bias as asked`(_ form: Form) {
    check(form, Float.gemmByBLAS)
    check(form, Float.gemm)
    check(form, Double.gemm)
  }

  /// Whole numbers, so that every sum is exact, and different sizes, so that none can be confused.
  private func check<T: BLASScalar & BinaryFloatingPoint>(_ form: Form, _ product: Product<T>) {
    let (m, n, k) = (3, 5, 4)
    let a = (0..<m * k).map { T($0 % 7) - 2 }
    let b = (0..<k * n).map { T($0 % 5) - 1 }
    let bias = (0..<n).map { T(10 * $0) }
    // Two more columns between the rows must not change.
    let stride = n + 2
    let before = (0..<m * stride).map { T(100 + $0) }
    var c = before
    bias.withUnsafeBufferPointer { bias in
      product(
        form.left, form.right, m, n, k, a, form.left ? m : k, b, form.right ? k : n, form.adds,
        form.hasBias ? bias.baseAddress : nil, &c, stride)
    }
    for i in 0..<m {
      for j in 0..<stride {
        var expected = form.adds || j >= n ? before[i * stride + j] : 0
        if j < n {
          if form.hasBias { expected += bias[j] }
          for l in 0..<k {
            expected += a[form.left ? l * m + i : i * k + l] * b[form.right ? j * k + l : l * n + j]
          }
        }
        #expect(c[i * stride + j] == expected, "row \(i), column \(j) of \(form) in \(T.self)")
      }
    }
  }
}
