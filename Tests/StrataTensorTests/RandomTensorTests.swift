import Foundation
import StrataTensor
import Testing

@Suite(.seeded) struct RandomTensorTests {
  static let many = 40_000

  /// The mean of f over the elements.
  func moment(_ x: [Double], _ f: (Double) -> Double) -> Double {
    x.reduce(0) { $0 + f($1) } / Double(x.count)
  }

  @Test(arguments: [DType.float32, .float64])
  func `normal numbers have the moments of the normal distribution`(dtype: DType) {
    var generator = RandomGenerator(seed: 1)
    let x = Tensor(normal: [Self.many], mean: 3, standardDeviation: 2, dtype: dtype, using: &generator)
    #expect(x.dtype == dtype)
    let z = doubles(x).map { ($0 - 3) / 2 }
    let scale = 1 / Double(Self.many).squareRoot()
    // Four standard errors of each moment.
    #expect(Swift.abs(moment(z) { $0 }) < 4 * scale)
    #expect(Swift.abs(moment(z) { $0 * $0 } - 1) < 4 * scale * 2.0.squareRoot())
    #expect(Swift.abs(moment(z) { $0 * $0 * $0 }) < 4 * scale * 15.0.squareRoot())
    #expect(Swift.abs(moment(z) { pow($0, 4) } - 3) < 4 * scale * 96.0.squareRoot())
    let within = moment(z) { Swift.abs($0) < 1 ? 1 : 0 }
    #expect(Swift.abs(within - 0.682689) < 4 * scale * 0.4655)
    #expect(Swift.abs(moment(Array(zip(z, z.dropFirst()).map { $0 * $1 })) { $0 }) < 4 * scale, "neighbours")
  }

  @Test(arguments: [DType.float32, .float64])
  func `uniform numbers have the moments of the uniform distribution`(dtype: DType) {
    var generator = RandomGenerator(seed: 2)
    let x = Tensor(uniform: [Self.many], in: -3..<5, dtype: dtype, using: &generator)
    let u = doubles(x).map { ($0 + 3) / 8 }
    #expect(u.allSatisfy { $0 >= 0 && $0 < 1 })
    let scale = 1 / Double(Self.many).squareRoot()
    #expect(Swift.abs(moment(u) { $0 } - 1 / 2.0) < 4 * scale * (1 / 12.0).squareRoot())
    #expect(Swift.abs(moment(u) { $0 * $0 } - 1 / 3.0) < 4 * scale * (4 / 45.0).squareRoot())
    #expect(u.min()! < 0.001 && u.max()! > 0.999)
  }

  @Test(arguments: [0..<1, 1..<1.0000002, -1..<0, 0..<1e-45, 16_777_215..<16_777_216, 0.1..<0.3])
  func `float32 rounding does not reach the upper bound`(range: Range<Double>) {
    var generator = RandomGenerator(seed: 3)
    let x = Tensor(uniform: [2_000], in: range, using: &generator)
    #expect(x.elements(as: Float.self).allSatisfy { $0 >= Float(range.lowerBound) })
    #expect(doubles(x).allSatisfy { $0 < range.upperBound })
  }

  @Test func `integers are uniform too`() {
    var generator = RandomGenerator(seed: 4)
    let x: [Int32] = Tensor(uniform: [1_000], in: 0..<10, dtype: .int32, using: &generator).elements()
    #expect(Set(x) == Set(0..<10))
  }

  @Test func `the same generator gives the same tensor`() {
    var (a, b, c) = (
      RandomGenerator(seed: 7, stream: 1), RandomGenerator(seed: 7, stream: 1),
      RandomGenerator(seed: 7, stream: 2)
    )
    for count in [3, 4, 1] {
      let x = Tensor(normal: [count], using: &a)
      #expect(x.isIdentical(to: Tensor(normal: [count], using: &b)))
      #expect(!x.isIdentical(to: Tensor(normal: [count], using: &c)))
    }
  }

  @Test func `precisions share their numbers`() {
    var (a, b) = (RandomGenerator(seed: 7), RandomGenerator(seed: 7))
    let wide = Tensor(normal: [100], dtype: .float64, using: &a)
    #expect(wide.converted(to: .float32).isIdentical(to: Tensor(normal: [100], using: &b)))
  }

  @Test func `empty tensors are allowed`() {
    var generator = RandomGenerator(seed: 7)
    #expect(Tensor(uniform: [0, 3], using: &generator).shape == [0, 3])
    #expect(Tensor(normal: [0], using: &generator).shape == [0])
    #expect(Tensor(normal: [], using: &generator).shape == [])
  }
}

@Suite(.seeded) struct SeedTests {
  @Test func `the same seed gives the same tensors`() {
    func draw() -> [Tensor] { [Tensor(uniform: [5]), Tensor(normal: [5])] }
    let (first, second, other) = (withSeed(42, draw), withSeed(42, draw), withSeed(43, draw))
    #expect(first[0].isIdentical(to: second[0]) && first[1].isIdentical(to: second[1]))
    #expect(first[0] != other[0])
  }

  @Test func `every tensor has its own stream`() {
    withSeed(1) {
      let x = Tensor(uniform: [4])
      #expect(x != Tensor(uniform: [4]))
    }
    // So the length of one does not affect the next.
    let afterShort = withSeed(1) { (Tensor(uniform: [1]), Tensor(uniform: [4])).1 }
    let afterLong = withSeed(1) { (Tensor(uniform: [100]), Tensor(uniform: [4])).1 }
    #expect(afterShort == afterLong)
  }

  @Test func `streams are numbered from zero`() {
    withSeed(9) {
      for stream in 0..<3 as Range<UInt64> {
        let generator = RandomGenerator.next()
        #expect((generator.seed, generator.stream, generator.position) == (9, stream, 0))
      }
    }
  }

  @Test func `an inner seed does not disturb the outer one`() {
    let plain = withSeed(1) { [Tensor(uniform: [3]), Tensor(uniform: [3])] }
    let interrupted = withSeed(1) {
      let first = Tensor(uniform: [3])
      let inner = withSeed(2) { Tensor(uniform: [3]) }
      #expect(inner == withSeed(2) { Tensor(uniform: [3]) })
      return [first, Tensor(uniform: [3])]
    }
    #expect(plain == interrupted)
  }

  @Test func `errors pass through`() {
    struct Refusal: Error {}
    #expect(throws: Refusal.self) { try withSeed(1) { throw Refusal() } }
  }

  /// Runs in a separate process, since the seed belongs to the whole process.
  @Test func `the program's seed is zero until it is set`() async {
    await #expect(processExitsWith: .success) {
      #expect(Runtime.seed == 0)
      let first = Tensor(uniform: [3])
      #expect(first == withSeed(0) { Tensor(uniform: [3]) })
      #expect(first != Tensor(uniform: [3]))
      Runtime.seed = 0
      #expect(first == Tensor(uniform: [3]), "setting it starts its streams again")

      Runtime.seed = 5
      #expect(Runtime.seed == 5)
      let inner = withSeed(6) { Tensor(uniform: [3]) }
      let seeded = Tensor(uniform: [3])
      #expect(seeded == withSeed(5) { Tensor(uniform: [3]) }, "withSeed took none of its streams")
      #expect(seeded != inner)
    }
  }
}
