import ReferenceProduct
import StrataTensor

/// One matrix product of an awkward shape, held against a plain loop: the case that a number stands for.
///
/// Odd numbers multiply whole numbers, which every sum holds exactly, so that the result must be right to the
/// last bit. Even ones multiply fractions, and the error must be below what rounding can make of this number of terms:
/// (depth + 2) ε Σ |a b|, with ε the distance from 1 to the next number (Higham, "Accuracy and Stability of
/// Numerical Algorithms", 2002, section 3.5).
package struct CheckedProduct {
  /// What is multiplied: the product alone, one on top of a bias row, or one added to what is there.
  package enum Form: CaseIterable { case plain, biased, added }

  package let form: Form
  package let dtype: DType
  package let (rows, columns, depth): (Int, Int, Int)
  package let (transposesLeft, transposesRight): (Bool, Bool)
  private let isExact: Bool
  private let (left, right, addend): (Tensor, Tensor, Tensor)

  /// Around the widths of vector kernels, and primes. One case in ten has a longer side, up to more than what a
  /// kernel takes at a time; one in 500 is long in all.
  private static let short = [1, 1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 15, 16, 17, 19, 23, 24, 25, 29, 31, 32, 33]
  private static let long = [37, 47, 48, 49, 63, 64, 65, 95, 97, 127, 128, 129, 257, 521, 1100]

  /// Numbers of which each case takes its own stretches: fractions and whole numbers of both types.
  private static let numbers: [[DType: Tensor]] = [1.0, 9].map { limit in
    var generator = RandomGenerator(seed: 0x0B1A5)
    let numbers = Tensor(uniform: [1 << 17], in: -limit..<limit, dtype: .float64, using: &generator)
    let chosen = limit == 1 ? numbers : numbers.converted(to: .int32).converted(to: .float64)
    return [.float32: chosen.converted(to: .float32), .float64: chosen]
  }

  package init(number: Int) {
    var generator = RandomGenerator(seed: 0x0B1A5, stream: UInt64(number) + 1)
    func draw<C: RandomAccessCollection>(_ choices: C) -> C.Element { choices.randomElement(using: &generator)! }
    var sizes = [draw(Self.short), draw(Self.short), draw([0] + Self.short)]
    if number % 500 == 0 { sizes = [draw(60...130), draw(60...130), draw(60...130)] }
    if number % 10 == 5 { sizes[draw(0..<3)] = draw(Self.long) }
    (rows, columns, depth) = (sizes[0], sizes[1], sizes[2])
    (form, dtype) = (draw(Form.allCases), draw([DType.float32, .float64]))
    (transposesLeft, transposesRight) = (draw([false, true]), draw([false, true]))
    isExact = number % 2 == 1
    let numbers = Self.numbers[isExact ? 1 : 0][dtype]!
    func tensor(_ shape: Shape) -> Tensor {
      let start = draw(0...numbers.count - shape.count)
      return numbers[start..<start + shape.count].reshaped(to: shape)
    }
    left = tensor(transposesLeft ? [depth, rows] : [rows, depth])
    right = tensor(transposesRight ? [columns, depth] : [depth, columns])
    addend = tensor(form == .biased ? [columns] : [rows, columns])
  }

  /// The product as Strata makes it.
  package func product() -> Tensor {
    switch (transposesLeft, transposesRight) {
    case (false, false): product(left, right)
    case (false, true): product(left, right.transposed)
    case (true, false): product(left.transposed, right)
    case (true, true): product(left.transposed, right.transposed)
    }
  }

  private func product(_ a: some MatrixFactor, _ b: some MatrixFactor) -> Tensor {
    switch form {
    case .plain: return matmul(a, b)
    case .biased: return matmul(a.plain, b, adding: addend)
    case .added:
      var sum = addend
      sum.addProduct(a, b)
      return sum
    }
  }

  /// The worst error of a result as a fraction of its bound (infinite for any error of an exact one), and where.
  package func worstError(of result: Tensor) -> (fraction: Double, row: Int, column: Int) {
    switch dtype {
    case .float32: worstError(of: result, Double(Float.ulpOfOne), reference_product_error_f32)
    case .float64: worstError(of: result, Double.ulpOfOne, reference_product_error_f64)
    case .int32: stop("\(self) is no product that Strata makes")
    }
  }

  private func worstError<T: TensorScalar>(
    of result: Tensor, _ epsilon: Double,
    _ loop: (
      reference_product, UnsafePointer<T>, UnsafePointer<T>, UnsafePointer<T>?, UnsafePointer<T>, Double,
      UnsafeMutablePointer<Int>
    ) -> Double
  ) -> (fraction: Double, row: Int, column: Int) {
    let sizes = reference_product(
      rows: rows, columns: columns, depth: depth, a_row: transposesLeft ? 1 : depth, a_step: transposesLeft ? rows : 1,
      b_column: transposesRight ? depth : 1, b_step: transposesRight ? 1 : columns,
      c_row: form == .biased ? 0 : columns)
    var worst = 0
    let fraction = loop(
      sizes, left.pointer(T.self), right.pointer(T.self), form == .plain ? nil : addend.pointer(T.self),
      result.pointer(T.self), isExact ? 0 : epsilon, &worst)
    return (fraction, worst / columns, worst % columns)
  }
}

extension CheckedProduct: CustomStringConvertible {
  package var description: String {
    let (a, b) = (transposesLeft ? " transposed" : "", transposesRight ? " transposed" : "")
    let end = form == .plain ? "" : form == .biased ? " + bias" : " + sum"
    return "\(dtype) \(left.shape)\(a) · \(right.shape)\(b)\(end)"
  }
}

extension MatrixFactor {
  /// The factor as a tensor.
  fileprivate var plain: Tensor { isTransposed ? matrix.transposed.tensor : matrix }
}
