import StrataTensor
import Testing

/// Every operation of two operands against a loop over the indices of the result.
@Suite(.seeded) struct BroadcastingTests {
  typealias Operation = (
    name: String, tensors: @Sendable (Tensor, Tensor) -> Tensor, numbers: @Sendable (Double, Double) -> Double
  )

  static let operations: [Operation] = [
    ("+", { $0 + $1 }, { $0 + $1 }), ("-", { $0 - $1 }, { $0 - $1 }),
    ("*", { $0 * $1 }, { $0 * $1 }), ("/", { $0 / $1 }, { $0 / $1 }),
    ("minimum", { minimum($0, $1) }, { Swift.min($0, $1) }),
    ("maximum", { maximum($0, $1) }, { Swift.max($0, $1) }),
    (".==", { $0 .== $1 }, { $0 == $1 ? 1 : 0 }), (".!=", { $0 .!= $1 }, { $0 != $1 ? 1 : 0 }),
    (".<", { $0 .< $1 }, { $0 < $1 ? 1 : 0 }), (".<=", { $0 .<= $1 }, { $0 <= $1 ? 1 : 0 }),
    (".>", { $0 .> $1 }, { $0 > $1 ? 1 : 0 }), (".>=", { $0 .>= $1 }, { $0 >= $1 ? 1 : 0 }),
  ]

  @Test(arguments: [DType.float32, .float64])
  func `a tensor is repeated to a shape, and the sum is its transpose`(dtype: DType) {
    let x = Tensor([1, -0.0] as [Double], shape: [2, 1]).converted(to: dtype)
    let wide = x.broadcast(to: [3, 2, 2])
    #expect(wide.shape == [3, 2, 2] && wide[2] == Tensor([[1, 1], [0, 0]], dtype: dtype))
    #expect(doubles(wide)[2].sign == .minus, "−0 stays −0")
    #expect(x.broadcast(to: [2, 1]) == x)
    #expect(wide.summed(to: [2, 1]) == Tensor([[6], [0]], dtype: dtype))
  }

  /// The expected result. A float32 result is the rounded double result: for one operation of +, −, ·
  /// or / that is the float32 result itself.
  func expected(_ a: Tensor, _ b: Tensor, _ shape: Shape, _ operation: Operation) -> [Double] {
    let (x, y) = (doubles(a), doubles(b))
    return (0..<shape.count).map { position in
      let place = indices(of: position, in: shape)
      let value = operation.numbers(
        broadcastElement(x, a.shape, at: place), broadcastElement(y, b.shape, at: place))
      return rounded(value, to: a.dtype)
    }
  }

  /// Two shapes that broadcast, and the resulting shape, including axes of length 0 and 1.
  func randomShapes(_ generator: inout RandomGenerator) -> (left: Shape, right: Shape, result: Shape) {
    let rank = Int.random(in: 0...4, using: &generator)
    var (left, right, result): ([Int], [Int], [Int]) = ([], [], [])
    for _ in 0..<rank {
      let length = [0, 1, 2, 3, 4, 5, 7].randomElement(using: &generator)!
      let fate = Int.random(in: 0..<4, using: &generator)
      left.append(fate == 0 ? 1 : length)
      right.append(fate == 1 ? 1 : length)
      result.append(length)
    }
    // Leading axes may be missing from one side.
    let missing = Int.random(in: 0...rank, using: &generator)
    if Bool.random(using: &generator) {
      left.removeFirst(missing)
      right.replaceSubrange(..<missing, with: result[..<missing])
    } else {
      right.removeFirst(missing)
      left.replaceSubrange(..<missing, with: result[..<missing])
    }
    return (Shape(left), Shape(right), Shape(result))
  }

  @Test(arguments: [DType.float32, .float64])
  func `random shapes agree with the loop`(dtype: DType) {
    var generator = RandomGenerator(seed: 3)
    for pair in 0..<150 {
      let (left, right, shape) = randomShapes(&generator)
      // Halves, so that some elements are equal and comparisons see all three cases.
      let a = halves(left, dtype, seed: UInt64(2 * pair))
      let b = halves(right, dtype, seed: UInt64(2 * pair + 1))
      for operation in [0, 1, 2, 3, 4 + pair % 8].map({ Self.operations[$0] }) {
        let result = operation.tensors(a, b)
        #expect(result.shape == shape, "\(left) \(operation.name) \(right)")
        #expect(
          doubles(result) == expected(a, b, shape, operation),
          "\(left) \(operation.name) \(right) in \(dtype)")
      }
    }
  }

  @Test(arguments: operations.indices)
  func `every operation works in an operand's memory`(index: Int) {
    let operation = Self.operations[index]
    for (left, right) in [([5, 7], [5, 7]), ([5, 7], [7]), ([5, 1], [5, 7]), ([5, 7], [])] as [(Shape, Shape)] {
      let (a, b) = (halves(left, .float32, seed: 5), halves(right, .float32, seed: 6))
      let reference = expected(a, b, [5, 7], operation)
      #expect(doubles(operation.tensors(a.copied(), b)) == reference, "left lends")
      #expect(doubles(operation.tensors(a, b.copied())) == reference, "right lends")
      #expect(doubles(operation.tensors(a.copied(), b.copied())) == reference, "either lends")
    }
  }

  @Test(
    arguments: [
      ([130, 1, 40], [33, 1]), ([70_001], [70_001]), ([70_001], []), ([3, 20_011], [20_011]),
      ([20_011, 3], [20_011, 1]), ([1, 2, 1, 9_000], [2, 1, 3, 1]),
    ] as [(Shape, Shape)])
  func `large operands agree with the loop`(left: Shape, right: Shape) {
    let (a, b) = (halves(left, .float32, seed: 1), halves(right, .float32, seed: 2))
    let result = a - b
    #expect(doubles(result) == expected(a, b, result.shape, Self.operations[1]))
    #expect(doubles(b - a) == doubles(result).map { -$0 })
  }

  @Test func `a number takes the tensor's type`() {
    let x = Tensor([0.1, 0.2] as [Double])
    #expect(doubles(x + 0.1) == [0.1 + 0.1, 0.2 + 0.1])
    #expect(doubles(0.3 - x) == [0.3 - 0.1, 0.3 - 0.2])
    #expect(doubles(x * 3) == [0.1 * 3, 0.2 * 3])
    #expect(doubles(1 / x) == [1 / 0.1, 1 / 0.2])
    let y: Tensor = [0.1]
    #expect((y * 0.1).elements() == [Float(0.1) * Float(0.1)])
    #expect((1 - y).dtype == .float32)
  }

  @Test func `numbers stand on either side`() {
    let x: Tensor = [1, 2, 4]
    #expect(x + 1 == [2, 3, 5])
    #expect(1 + x == [2, 3, 5])
    #expect(x - 1 == [0, 1, 3])
    #expect(1 - x == [0, -1, -3])
    #expect(x * 2 == [2, 4, 8])
    #expect(2 * x == [2, 4, 8])
    #expect(x / 2 == [0.5, 1, 2])
    #expect(2 / x == [2, 1, 0.5])
    #expect(-x == [-1, -2, -4])
    #expect((x .== 2) == [0, 1, 0])
    #expect((x .!= 2) == [1, 0, 1])
    #expect((x .< 2) == [1, 0, 0])
    #expect((x .<= 2) == [1, 1, 0])
    #expect((x .> 2) == [0, 0, 1])
    #expect((x .>= 2) == [0, 1, 1])
  }

  @Test func `compound assignment broadcasts the right side`() {
    var x: Tensor = [[1, 2], [3, 4]]
    x += [10, 20]
    #expect(x == [[11, 22], [13, 24]])
    x *= Tensor([[1], [2]])
    #expect(x == [[11, 22], [26, 48]])
  }

  @Test(arguments: [DType.float32, .float64])
  func `arithmetic follows IEEE`(dtype: DType) {
    let x = Tensor([1, -1, 0] as [Double]).converted(to: dtype)
    let quotient = doubles(x / 0)
    #expect(quotient[0] == .infinity && quotient[1] == -.infinity && quotient[2].isNaN)
    #expect(doubles(x * -0.0)[0].sign == .minus)
    #expect(doubles(-Tensor(zeros: [1], dtype: dtype))[0].sign == .minus)
  }

  @Test(arguments: [DType.float32, .float64])
  func `comparisons with NaN do not hold`(dtype: DType) {
    let x = Tensor([.nan, 1] as [Double]).converted(to: dtype)
    #expect(doubles(x .== x) == [0, 1])
    #expect(doubles(x .!= x) == [1, 0])
    #expect(doubles(x .< 2) == [0, 1])
    #expect(doubles(x .<= 1) == [0, 1])
    #expect(doubles(x .> 0) == [0, 1])
    #expect(doubles(x .>= 1) == [0, 1])
  }

  /// Multiples of 1/2 between −4 and 4, zero left out.
  private func halves(_ shape: Shape, _ dtype: DType, seed: UInt64) -> Tensor {
    var generator = RandomGenerator(seed: seed)
    let numbers: [Double] = (0..<shape.count).map { _ in
      let half = Double(Int.random(in: 1...8, using: &generator)) / 2
      return Bool.random(using: &generator) ? half : -half
    }
    return Tensor(numbers, shape: shape).converted(to: dtype)
  }
}
