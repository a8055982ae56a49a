import Foundation
import StrataTensor
import Testing

/// Elementwise functions against libm in double precision.
@Suite(.seeded) struct ElementwiseMathsTests {
  struct Function: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let tensor: @Sendable (Tensor) -> Tensor
    let reference: @Sendable (Double) -> Double

    init(
      _ name: String, _ tensor: @escaping @Sendable (Tensor) -> Tensor,
      _ reference: @escaping @Sendable (Double) -> Double
    ) {
      testDescription = name
      self.tensor = tensor
      self.reference = reference
    }
  }

  static let smooth = [
    Function("exp", { exp($0) }, { Foundation.exp($0) }),
    Function("log", { log($0) }, { Foundation.log($0) }),
    Function("tanh", { tanh($0) }, { Foundation.tanh($0) }),
    Function(
      "sigmoid", { sigmoid($0) },
      { x in
        let e = Foundation.exp(-Swift.abs(x))
        return (x < 0 ? e : 1) / (1 + e)
      }),
    Function("sqrt", { sqrt($0) }, { $0.squareRoot() }),
    Function("rsqrt", { rsqrt($0) }, { 1 / $0.squareRoot() }),
    Function("sin", { sin($0) }, { Foundation.sin($0) }),
    Function("cos", { cos($0) }, { Foundation.cos($0) }),
    Function("floor", { floor($0) }, { $0.rounded(.down) }),
    Function("ceil", { ceil($0) }, { $0.rounded(.up) }),
    Function("round", { round($0) }, { $0.rounded(.toNearestOrEven) }),
    Function(
      "atan2 with 2", { atan2($0, Tensor(repeating: 2, shape: [], dtype: $0.dtype)) }, { Foundation.atan2($0, 2) }),
    Function(
      "atan2 of −2", { atan2(Tensor(repeating: -2, shape: [], dtype: $0.dtype), $0) }, { Foundation.atan2(-2, $0) }),
    Function(
      "2.5 to the", { pow(Tensor(repeating: 2.5, shape: [], dtype: $0.dtype), $0) }, { Foundation.pow(2.5, $0) }),
    Function("sign", { sign($0) }, { $0 == 0 ? 0 : $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }),
    Function("pow 2", { pow($0, 2) }, { $0 * $0 }),
    Function("pow 3", { pow($0, 3) }, { Foundation.pow($0, 3) }),
    Function("pow −0.5", { pow($0, -0.5) }, { Foundation.pow($0, -0.5) }),
  ]

  /// Every exponent of `Float`, denormals included, both signs, with 512 mantissas each.
  static let allExponents: [Float] = {
    var numbers: [Float] = []
    numbers.reserveCapacity(2 * 255 * 512)
    for exponent in 0..<UInt32(255) {
      for step in 0..<UInt32(512) {
        // An odd factor spreads the low bits as well; 0 and the full mantissa are among them.
        let mantissa = step == 511 ? 0x7F_FFFF : (step &* 16_411) & 0x7F_FFFF
        let bits = exponent << 23 | mantissa
        numbers.append(Float(bitPattern: bits))
        numbers.append(Float(bitPattern: bits | 0x8000_0000))
      }
    }
    return numbers
  }()

  /// The range in which exp, tanh and sigmoid are curved: −110 to 110 in steps of about 1/1500.
  static let bends: [Float] = (0...330_000).map { Float(Double($0) / 1_500 - 110) }

  /// The largest error in ulp, and its place.
  func worst(_ function: Function, _ numbers: [Float]) -> (ulps: Double, at: Float) {
    let results: [Float] = function.tensor(Tensor(numbers)).elements()
    var worst = (ulps: 0.0, at: Float(0))
    for index in numbers.indices {
      let error = ulps(results[index], from: function.reference(Double(numbers[index])))
      if error > worst.ulps { worst = (error, numbers[index]) }
    }
    return worst
  }

  /// Functions of the vector kernels that take more steps.
  static let longer = [
    Function("expm1", { expm1($0) }, { Foundation.expm1($0) }),
    Function("log1p", { log1p($0) }, { Foundation.log1p($0) }),
    Function("erf", { erf($0) }, { Foundation.erf($0) }),
  ]

  @Test(arguments: longer)
  func `float32 is within four ulp at every exponent and where it bends`(function: Function) {
    for numbers in [Self.allExponents, Self.bends, Self.bends.map { $0 / 20 }] {
      let worst = worst(function, numbers)
      #expect(worst.ulps <= 4, "at \(worst.at)")
    }
  }

  @Test(arguments: smooth)
  func `float32 is within two ulp at every exponent`(function: Function) {
    let worst = worst(function, Self.allExponents)
    #expect(worst.ulps <= 2, "at \(worst.at)")
  }

  @Test(arguments: smooth.prefix(4))
  func `float32 is within two ulp where it bends`(function: Function) {
    let worst = worst(function, Self.bends)
    #expect(worst.ulps <= 2, "at \(worst.at)")
  }

  @Test(arguments: smooth + longer)
  func `float64 is as good as libm`(function: Function) {
    let numbers = Self.allExponents.enumerated().filter { $0.offset % 37 == 0 }.map { Double($0.element) }
    let results: [Double] = function.tensor(Tensor(numbers)).elements()
    for (x, y) in zip(numbers, results) {
      let expected = function.reference(x)
      #expect(
        y == expected || Swift.abs(y - expected) <= 2 * expected.ulp || y.isNaN && expected.isNaN,
        "at \(x)")
    }
  }

  /// The values at the ends of the line: at −∞, −0, 0, +∞.
  @Test(
    arguments: [
      ("exp", [0, 1, 1, .infinity]), ("log", [.nan, -.infinity, -.infinity, .infinity]),
      ("tanh", [-1, -0.0, 0, 1]), ("sigmoid", [0, 0.5, 0.5, 1]),
      ("sqrt", [.nan, -0.0, 0, .infinity]), ("rsqrt", [.nan, -.infinity, .infinity, 0]),
      ("expm1", [-1, -0.0, 0, .infinity]), ("log1p", [.nan, -0.0, 0, .infinity]), ("erf", [-1, -0.0, 0, 1]),
      ("floor", [-.infinity, -0.0, 0, .infinity]), ("round", [-.infinity, -0.0, 0, .infinity]),
      ("sin", [.nan, -0.0, 0, .nan]), ("cos", [.nan, 1, 1, .nan]), ("pow 3", [-.infinity, -0.0, 0, .infinity]),
    ] as [(String, [Double])], [DType.float32, .float64])
  func `special values are those of IEEE`(expected: (name: String, values: [Double]), dtype: DType) {
    let function = (Self.smooth + Self.longer).first { $0.testDescription == expected.name }!
    // In a long array too: the vector loop and its remainder must agree.
    let ends: [Double] = [-.infinity, -0.0, 0, .infinity]
    let x = Tensor((0..<9).flatMap { _ in ends }).converted(to: dtype)
    for (y, value) in zip(doubles(function.tensor(x)), (0..<9).flatMap { _ in expected.values }) {
      #expect(y == value || y.isNaN && value.isNaN)
      #expect(y.sign == value.sign || value.isNaN, "the sign of \(y)")
    }
  }

  @Test(arguments: smooth + longer, [DType.float32, .float64])
  func `NaN stays NaN`(function: Function, dtype: DType) {
    let x = Tensor(repeating: .nan, shape: [37], dtype: dtype)
    #expect(doubles(function.tensor(x)).allSatisfy { $0.isNaN })
  }

  @Test(arguments: [DType.float32, .float64])
  func `a mask says where NaN is`(dtype: DType) {
    let x = Tensor([.nan, 1, .infinity, -.nan, 0], dtype: dtype)
    #expect(isNaN(x) == Tensor([1, 0, 0, 1, 0], dtype: dtype))
  }

  @Test func `log1p of −1 is −∞, and of less NaN`() {
    #expect(doubles(log1p([-1])) == [-.infinity] && doubles(log1p([-1.5, -.infinity])).allSatisfy { $0.isNaN })
  }

  @Test func `logarithms of negative numbers are NaN`() {
    #expect(doubles(log([-1, -1e-40, -3e38])).allSatisfy { $0.isNaN })
    #expect(doubles(sqrt([-1, -1e-40])).allSatisfy { $0.isNaN })
  }

  @Test(arguments: smooth, [DType.float32, .float64])
  func `an element's result does not depend on its place`(function: Function, dtype: DType) {
    let x = randomTensor([131], dtype, seed: 8)
    let whole = function.tensor(x)
    for start in [0, 1, 2, 3, 7, 15, 63, 130] {
      let part = function.tensor(x[start..<131])
      #expect(part.isIdentical(to: whole[start..<131]), "from \(start)")
    }
  }

  @Test(arguments: smooth, [DType.float32, .float64])
  func `in place gives the same bits`(function: Function, dtype: DType) {
    let x = randomTensor([1_000], dtype, seed: 9)
    let apart = function.tensor(x)
    #expect(function.tensor(x.copied()).isIdentical(to: apart))
  }

  /// Among numbers that have nothing special, in blocks of vectors and in the rest behind them.
  @Test(arguments: [DType.float32, .float64])
  func `powers and angles of special numbers are those of IEEE`(dtype: DType) {
    let numbers: [Double] = [
      0, -0.0, .infinity, -.infinity, .nan, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1e-40, -1e-40, 3e38, -3e38, 1e20,
    ]
    let x = numbers.flatMap { Array(repeating: $0, count: numbers.count) + [1.5] }
    let y = numbers.flatMap { _ in numbers + [2.5] }
    func check(_ found: Tensor, _ reference: (Double, Double) -> Double) {
      for (index, value) in doubles(found).enumerated() {
        let (a, b) = (rounded(x[index], to: dtype), rounded(y[index], to: dtype))
        let expected = rounded(reference(a, b), to: dtype)
        let isNear = Swift.abs(value - expected) <= 4 * Swift.max(epsilon(of: dtype) * Swift.abs(expected), 1e-45)
        #expect(value == expected || isNear || value.isNaN && expected.isNaN, "of \(a) and \(b)")
        #expect(value.sign == expected.sign || expected.isNaN, "the sign of \(value), of \(a) and \(b)")
      }
    }
    let (left, right) = (Tensor(x).converted(to: dtype), Tensor(y).converted(to: dtype))
    check(pow(left, right)) { Foundation.pow($0, $1) }
    check(atan2(left, right)) { Foundation.atan2($0, $1) }
    #expect(isSameOnAllWorkers { pow(abs(randomTensor([70_000])), randomTensor([70_000], seed: 2)) })
  }

  @Test func `cubes of integers wrap around`() {
    #expect(pow(Tensor([-3, 2_000, 0] as [Int32]), 3) == Tensor([-27, -589_934_592, 0] as [Int32]))
  }

  @Test func `empty tensors stay empty`() {
    for function in Self.smooth { #expect(function.tensor(Tensor(zeros: [0, 3])).shape == [0, 3]) }
  }

  @Test(arguments: [DType.float32, .float64])
  func `abs clears the sign`(dtype: DType) {
    let x = Tensor([-2, -0.0, 3, -.infinity] as [Double]).converted(to: dtype)
    #expect(doubles(abs(x)) == [2, 0, 3, .infinity])
    #expect(doubles(abs(x))[1].sign == .plus)
  }

  @Test(arguments: [DType.float32, .float64])
  func `relu keeps what is not negative`(dtype: DType) {
    let x = Tensor([-2, 0, 3, -.infinity, .infinity, .nan] as [Double]).converted(to: dtype)
    let y = doubles(relu(x))
    #expect(y.dropLast() == [0, 0, 3, 0, .infinity])
    #expect(y[5].isNaN, "NaN is never swallowed")
  }

  @Test(arguments: [DType.float32, .float64])
  func `powers take exponents element by element, with broadcasting`(dtype: DType) {
    let (x, y) = (Tensor([[2], [3]], dtype: dtype), Tensor([-1, 0, 2], dtype: dtype))
    #expect(pow(x, y) == Tensor([0.5, 1, 4, 1.0 / 3, 1, 9] as [Double], shape: [2, 3]).converted(to: dtype))
    #expect(doubles(pow(Tensor([-8], dtype: dtype), 1.0 / 3))[0].isNaN, "a root of a negative number")
  }

  @Test(arguments: [DType.float32, .float64])
  func `extremes of two take NaN from either side`(dtype: DType) {
    let a = Tensor([.nan, 1, .nan, 2] as [Double]).converted(to: dtype)
    let b = Tensor([1, .nan, .nan, 3] as [Double]).converted(to: dtype)
    #expect(doubles(minimum(a, b)).map(\.isNaN) == [true, true, true, false])
    #expect(doubles(maximum(a, b)).map(\.isNaN) == [true, true, true, false])
    #expect(doubles(minimum(a, b))[3] == 2)
    #expect(doubles(maximum(a, b))[3] == 3)
  }

  @Test(arguments: [DType.float32, .float64])
  func `clipping moves into the range`(dtype: DType) {
    let x = Tensor([-5, -1, 0.25, 1, 7, -.infinity, .infinity, .nan] as [Double]).converted(to: dtype)
    let y = doubles(x.clipped(to: -1...1))
    #expect(y.dropLast() == [-1, -1, 0.25, 1, 1, -1, 1])
    #expect(y[7].isNaN)
  }
}

/// dx = dy · f'(x), given y = f(x).
@Suite(.seeded) struct ActivationBackwardTests {
  @Test(arguments: [DType.float32, .float64])
  func `derivatives are those of the formulas`(dtype: DType) {
    let (dy, y) = (randomTensor([1_003], dtype, seed: 1), randomTensor([1_003], dtype, seed: 2))
    func expect(
      _ kernel: ActivationKernel, _ derivative: (Double) -> Double,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let apart = dy.multiplied(byDerivative: kernel, at: y)
      for ((dy, y), dx) in zip(zip(doubles(dy), doubles(y)), doubles(apart)) {
        let scale = Swift.abs(dy) * (1 + y * y)
        let error = Swift.abs(dx - dy * derivative(y))
        #expect(error <= 2 * epsilon(of: dtype) * scale, sourceLocation: sourceLocation)
      }
      #expect(dy.copied().multiplied(byDerivative: kernel, at: y).isIdentical(to: apart), "in place")
    }
    expect(.relu) { $0 > 0 ? 1 : 0 }
    expect(.tanh) { 1 - $0 * $0 }
    expect(.sigmoid) { $0 * (1 - $0) }
  }

  @Test func `the derivative of relu is zero at zero`() {
    let y: Tensor = [0, -0.0, 2]
    #expect(Tensor(ones: [3]).multiplied(byDerivative: .relu, at: y) == [0, 0, 1])
  }

  @Test func `a NaN output lets the gradient through`() {
    let y = Tensor([.nan] as [Float])
    #expect(([5] as Tensor).multiplied(byDerivative: .relu, at: y) == [5])
    #expect(doubles(([5] as Tensor).multiplied(byDerivative: .tanh, at: y))[0].isNaN)
  }
}
