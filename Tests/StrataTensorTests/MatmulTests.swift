import CStrataKernels
import ReferenceProduct
import StrataTensor
import Testing

/// Products against the triple loop in double precision.
///
/// The tolerance is the bound for any order of summation: K + 2 roundings, each at
/// most half an epsilon of Σ |a||b|.
@Suite(.seeded) struct MatmulTests {
  static let sizes: [(m: Int, k: Int, n: Int)] = [
    (1, 1, 1), (1, 5, 1), (3, 1, 7), (2, 3, 4), (1, 130, 10), (130, 9, 1), (17, 33, 16), (33, 70, 90),
    (31, 64, 48), (257, 5, 37), (65, 7, 129), (16, 16, 16), (1, 300, 200), (300, 1, 200),
    // Deeper, wider and higher than the cache blocks by a small odd number.
    (2, 300, 130), (3, 17, 257), (1, 513, 65), (40, 260, 10), (9, 600, 500), (200, 300, 49),
    // A single row, wider than its sums are kept.
    (1, 43, 4_200), (1, 600, 4_111),
  ]

  struct Transposition: Sendable {
    let left: Bool
    let right: Bool
  }

  static let transpositions = [false, true].flatMap { left in
    [false, true].map { Transposition(left: left, right: $0) }
  }

  /// The factors of a product as stored, and its exact value with the allowed error.
  struct Case {
    let a: Tensor
    let b: Tensor
    let k: Int

    init(_ m: Int, _ k: Int, _ n: Int, _ form: Transposition, _ dtype: DType) {
      a = randomTensor(form.left ? [k, m] : [m, k], dtype, seed: 11)
      b = randomTensor(form.right ? [n, k] : [k, n], dtype, seed: 12)
      self.k = k
    }
  }

  func product(_ a: Tensor, _ b: Tensor, _ form: Transposition) -> Tensor {
    switch (form.left, form.right) {
    case (false, false): matmul(a, b)
    case (true, false): matmul(a.transposed, b)
    case (false, true): matmul(a, b.transposed)
    case (true, true): matmul(a.transposed, b.transposed)
    }
  }

  /// Returns the largest error of `c` − `addend`, a row or a matrix, relative to the allowed error.
  func worstError(_ c: Tensor, _ a: Tensor, _ b: Tensor, _ form: Transposition, addend: Tensor? = nil) -> Double {
    let (m, k) = form.left ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
    let n = form.right ? b.shape[0] : b.shape[1]
    let sizes = reference_product(
      rows: m, columns: n, depth: k, a_row: form.left ? 1 : k, a_step: form.left ? m : 1, b_column: form.right ? k : 1,
      b_step: form.right ? 1 : n, c_row: addend?.rank == 1 ? 0 : n)
    let epsilon = epsilon(of: c.dtype) / 2
    var place = 0
    return withExtendedLifetime((a, b, c, addend)) {
      c.dtype == .float32
        ? reference_product_error_f32(sizes, a.pointer(), b.pointer(), addend?.pointer(), c.pointer(), epsilon, &place)
        : reference_product_error_f64(sizes, a.pointer(), b.pointer(), addend?.pointer(), c.pointer(), epsilon, &place)
    }
  }

  @Test(arguments: sizes, [DType.float32, .float64])
  func `every transposition agrees with the loop`(size: (m: Int, k: Int, n: Int), dtype: DType) {
    for form in Self.transpositions {
      let it = Case(size.m, size.k, size.n, form, dtype)
      let c = product(it.a, it.b, form)
      #expect(c.shape == [size.m, size.n])
      #expect(c.dtype == dtype)
      #expect(worstError(c, it.a, it.b, form) <= 1, "\(size) \(form)")
    }
  }

  /// The kernels compute tiles of many sizes; these shapes use each of them at an edge.
  @Test(arguments: 1...17) func `every height and width agrees with the loop`(m: Int) {
    for n in [1, 7, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 80, 96, 112, 127, 128, 129] {
      for form in Self.transpositions {
        let it = Case(m, 19, n, form, .float32)
        #expect(worstError(product(it.a, it.b, form), it.a, it.b, form) <= 1, "\(m) × \(n), \(form)")
      }
    }
  }

  /// Strata's own product sums every element in one order, whatever rows are computed beside it.
  @Test(
    .enabled(if: strata_gemm_f32_is_available()), arguments: [(784, 256), (600, 130), (19, 7), (300, 1), (43, 4_200)])
  func `a row has the same bits among any others`(k: Int, n: Int) {
    let (a, bias) = (randomTensor([300, k], seed: 11), randomTensor([n], seed: 13))
    for form in Self.transpositions where !form.left {
      let b = randomTensor(form.right ? [n, k] : [k, n], seed: 12)
      func outputs(_ a: Tensor) -> [Tensor] {
        let product = product(a, b, form)
        var sum = product
        if form.right { sum.addProduct(a, b.transposed) } else { sum.addProduct(a, b) }
        return [product, sum, form.right ? matmul(a, b.transposed, adding: bias) : matmul(a, b, adding: bias)]
      }
      let whole = outputs(a)
      for rows in [299..<300, 7..<8, 0..<2, 100..<103, 256..<257, 0..<257, 40..<57, 60..<124] {
        for (part, whole) in zip(outputs(a[rows]), whole) {
          #expect(part.isIdentical(to: whole[rows]), "rows \(rows) of \(form)")
        }
      }
    }
  }

  /// The error of float32 does not grow with the depth. Equal terms are the worst: their roundings do not cancel.
  @Test(arguments: [1, 2, 20], [false, true]) func `a deep product loses no more digits`(m: Int, isTransposed: Bool) {
    let depth = 5_000_000
    let (a, b) = (Tensor(repeating: 0.1, shape: [m, depth]), Tensor(repeating: 0.3, shape: [depth, 1]))
    let c = isTransposed ? matmul(a, b.reshaped([1, depth]).transposed) : matmul(a, b)
    let exact = Double(Float(0.1)) * Double(Float(0.3)) * Double(depth)
    for sum in doubles(c) { #expect(abs(sum / exact - 1) < 1e-5) }
  }

  /// 0·NaN and 0·∞ are NaN: no factor is skipped because the other is 0.
  @Test func `zeros do not swallow what is not finite`() {
    let zeros = Tensor(zeros: [5, 40])
    for value in [Double.nan, .infinity] {
      let column = Tensor(repeating: value, shape: [40, 1])
      #expect(matmul(zeros, column).elements(Float.self).allSatisfy { $0.isNaN })
      #expect(matmul(column.transposed, zeros.transposed).elements(Float.self).allSatisfy { $0.isNaN })
    }
  }

  @Test(arguments: sizes, [DType.float32, .float64])
  func `addProduct adds to what is there`(size: (m: Int, k: Int, n: Int), dtype: DType) {
    let form = Transposition(left: true, right: false)
    let it = Case(size.m, size.k, size.n, form, dtype)
    let start = randomTensor([size.m, size.n], dtype, seed: 13)
    var sum = start
    sum.addProduct(it.a.transposed, it.b)
    #expect(worstError(sum, it.a, it.b, form, addend: start) <= 1)
  }

  @Test(arguments: sizes, [DType.float32, .float64])
  func `a bias is added to every row`(size: (m: Int, k: Int, n: Int), dtype: DType) {
    for form in [Transposition(left: false, right: false), Transposition(left: false, right: true)] {
      let it = Case(size.m, size.k, size.n, form, dtype)
      let bias = randomTensor([size.n], dtype, seed: 14)
      let y = form.right ? matmul(it.a, it.b.transposed, adding: bias) : matmul(it.a, it.b, adding: bias)
      #expect(worstError(y, it.a, it.b, form, addend: bias) <= 1)
    }
  }

  /// Sizes that are divided into 2, 4 and 16 blocks, of which 300 elements are compared.
  @Test(arguments: [(512, 512, 512), (1_037, 523, 251), (251, 523, 1_037), (2_048, 1_024, 1_024)])
  func `large products agree with the loop`(m: Int, k: Int, n: Int) {
    let (rowOf, ofRow) = (randomTensor([m, 1], seed: 1), randomTensor([1, k], seed: 2))
    let (columnOf, ofColumn) = (randomTensor([1, n], seed: 3), randomTensor([k, 1], seed: 4))
    let (a, b) = (tanh(rowOf * ofRow), tanh(columnOf + ofColumn))
    let c = matmul(a, b)
    var generator = RandomGenerator(seed: 5)
    var worst = 0.0
    for _ in 0..<300 {
      let (i, j) = (Int.random(in: 0..<m, using: &generator), Int.random(in: 0..<n, using: &generator))
      var (sum, magnitude) = (0.0, 0.0)
      for l in 0..<k {
        let term = Double(a.elements(Float.self)[i * k + l]) * Double(b.elements(Float.self)[l * n + j])
        sum += term
        magnitude += Swift.abs(term)
      }
      let error = Swift.abs(Double(c.elements(Float.self)[i * n + j]) - sum)
      worst = Swift.max(worst, error / (Double(k + 2) * epsilon(of: .float32) / 2 * magnitude))
    }
    #expect(worst <= 1)
  }

  @Test func `small products are what they are on paper`() {
    let a: Tensor = [[1, 2], [3, 4]]
    let b: Tensor = [[5, 6], [7, 8]]
    #expect(matmul(a, b) == [[19, 22], [43, 50]])
    #expect(matmul(a.transposed, b) == [[26, 30], [38, 44]])
    #expect(matmul(a, b.transposed) == [[17, 23], [39, 53]])
    #expect(matmul(a.transposed, b.transposed) == [[23, 31], [34, 46]])
    #expect(matmul(a, b, adding: [100, 200]) == [[119, 222], [143, 250]])
  }

  @Test func `leading axes are rows`() {
    let x = randomTensor([2, 3, 4], seed: 1)
    let w = randomTensor([4, 5], seed: 2)
    let y = matmul(x, w)
    #expect(y.shape == [2, 3, 5])
    #expect(y.reshaped(to: [6, 5]).isIdentical(to: matmul(x.reshaped(to: [6, 4]), w)))
    #expect(matmul(x, w, adding: Tensor(zeros: [5])).shape == [2, 3, 5])
    var sum = Tensor(zeros: [2, 3, 5])
    sum.addProduct(x, w)
    #expect(sum == y)
  }

  @Test(arguments: [DType.float32, .float64])
  func `an empty sum is zero`(dtype: DType) {
    let (a, b) = (Tensor(zeros: [3, 0], dtype: dtype), Tensor(zeros: [0, 4], dtype: dtype))
    // The pool returns memory without clearing it.
    do { _ = Tensor(repeating: .nan, shape: [3, 4], dtype: dtype) }
    #expect(matmul(a, b) == Tensor(zeros: [3, 4], dtype: dtype))
    #expect(matmul(b.transposed, a.transposed) == Tensor(zeros: [4, 3], dtype: dtype))
    let bias = Tensor([1, 2, 3, 4], dtype: dtype)
    #expect(matmul(a, b, adding: bias)[2] == bias)
    var sum = Tensor(ones: [3, 4], dtype: dtype)
    sum.addProduct(a, b)
    #expect(sum == Tensor(ones: [3, 4], dtype: dtype))
  }

  @Test(arguments: [(0, 3, 4), (4, 3, 0), (0, 0, 0)])
  func `an empty result is empty`(m: Int, k: Int, n: Int) {
    let (a, b) = (Tensor(zeros: [m, k]), Tensor(zeros: [k, n]))
    #expect(matmul(a, b).shape == [m, n])
    #expect(matmul(b.transposed, a.transposed).shape == [n, m])
    #expect(matmul(a, b, adding: Tensor(zeros: [n])).shape == [m, n])
  }

  @Test func `what the memory held does not matter`() {
    let (a, b) = (randomTensor([40, 30], seed: 1), randomTensor([30, 50], seed: 2))
    let reference = matmul(a, b)
    for _ in 0..<20 {
      do { _ = Tensor(repeating: .nan, shape: [40, 50]) }
      #expect(matmul(a, b).isIdentical(to: reference))
    }
  }

  @Test func `non finite elements reach their row and column only`() {
    var a = randomTensor([20, 20], seed: 1)
    a.withUnsafeMutableElements(as: Float.self) { $0[3 * 20 + 7] = .nan }
    let c = matmul(a, randomTensor([20, 20], seed: 2))
    for row in 0..<20 {
      #expect(doubles(c[row]).allSatisfy { $0.isNaN == (row == 3) })
    }
    #expect(matmul(Tensor(zeros: [1, 1]), Tensor(repeating: .infinity, shape: [1, 1])).item.isNaN, "0 · ∞")
  }

  /// A single row uses a different kernel than matrices.
  @Test(arguments: [DType.float32, .float64])
  func `a single row swallows nothing, and gets nothing from the memory it is written to`(dtype: DType) {
    let x = Tensor(zeros: [1, 300], dtype: dtype)
    let w = randomTensor([300, 200], dtype, seed: 2)
    do { _ = Tensor(repeating: .nan, shape: [1, 200], dtype: dtype) }
    #expect(matmul(x, w) == Tensor(zeros: [1, 200], dtype: dtype))
    do { _ = Tensor(repeating: .nan, shape: [1, 300], dtype: dtype) }
    #expect(matmul(matmul(x, w), w.transposed) == Tensor(zeros: [1, 300], dtype: dtype))
    #expect(
      matmul(Tensor(zeros: [1, 0], dtype: dtype), Tensor(zeros: [0, 3], dtype: dtype))
        == Tensor(zeros: [1, 3], dtype: dtype))
    let infinite = Tensor(repeating: .infinity, shape: [300, 200], dtype: dtype)
    #expect(doubles(matmul(x, infinite)).allSatisfy { $0.isNaN }, "0 · ∞")
    #expect(doubles(matmul(x, infinite.transposed.tensor.transposed)).allSatisfy { $0.isNaN }, "0 · ∞")
  }

  @Test(arguments: DType.allCases)
  func `a transpose can be copied`(dtype: DType) {
    let x = Tensor([[1, 2, 3], [4, 5, 6]], dtype: dtype)
    #expect(x.transposed.tensor == Tensor([[1, 4], [2, 5], [3, 6]], dtype: dtype))
    #expect(Tensor(zeros: [0, 3], dtype: dtype).transposed.tensor.shape == [3, 0])
  }

  @Test func `a transposed factor copies nothing`() {
    let x = randomTensor([2, 3])
    #expect(address(of: x.transposed.matrix) == address(of: x))
    #expect(x.transposed.isTransposed)
    #expect(!x.isTransposed)
  }

  @Test func `every product is counted`() async {
    await #expect(processExitsWith: .success) {
      let (a, b) = (Tensor(zeros: [2, 3]), Tensor(zeros: [3, 4]))
      let before = Runtime.matrixProducts
      var sum = matmul(a, b)
      sum.addProduct(a, b)
      #expect(Runtime.matrixProducts == before + 2)
    }
  }
}
