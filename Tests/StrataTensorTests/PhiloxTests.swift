import StrataTensor
import Testing

@Suite(.seeded) struct PhiloxTests {
  typealias KnownAnswer = (counter: SIMD4<UInt32>, key: SIMD2<UInt32>, words: SIMD4<UInt32>)

  /// The known answers for philox4x32-10 published with Random123 (`kat_vectors`).
  static let knownAnswers: [KnownAnswer] = [
    ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    (
      SIMD4(repeating: 0xffff_ffff), SIMD2(repeating: 0xffff_ffff),
      [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
    ),
    (
      [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
      [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    ),
  ]

  @Test(arguments: knownAnswers)
  func `words are the published ones`(answer: KnownAnswer) {
    #expect(Philox.words(counter: answer.counter, key: answer.key) == answer.words)
  }

  @Test func `a generator reads the words of its address`() {
    var generator = RandomGenerator(seed: 0)
    #expect(generator.next() == 0xe169_c58d_6627_e8d5)
    #expect(generator.next() == 0x9b00_dbd8_bc57_ac4c)

    let (seed, stream): (UInt64, UInt64) = (0x1111_2222_3333_4444, 0x5555_6666_7777_8888)
    var other = RandomGenerator(seed: seed, stream: stream)
    for block in 0..<UInt32(3) {
      let words = Philox.words(
        counter: SIMD4(block, 0, 0x7777_8888, 0x5555_6666), key: SIMD2(0x3333_4444, 0x1111_2222))
      #expect(other.next() == UInt64(words[1]) << 32 | UInt64(words[0]))
      #expect(other.next() == UInt64(words[3]) << 32 | UInt64(words[2]))
    }
  }

  @Test func `a generator knows its address`() {
    var generator = RandomGenerator(seed: 5, stream: 9)
    #expect((generator.seed, generator.stream, generator.position) == (5, 9, 0))
    for _ in 0..<7 { _ = generator.next() }
    #expect(generator.position == 7)
  }

  @Test func `a copy continues with the same numbers`() {
    var generator = RandomGenerator(seed: 1)
    for count in 0..<4 {
      for _ in 0..<count { _ = generator.next() }
      var (copy, original) = (generator, generator)
      #expect((0..<5).map { _ in copy.next() } == (0..<5).map { _ in original.next() })
    }
  }

  @Test func `seeds and streams do not overlap`() {
    var words: Set<UInt64> = []
    for seed in [0, 1, 1 << 32] as [UInt64] {
      for stream in [0, 1, 1 << 32] as [UInt64] {
        var generator = RandomGenerator(seed: seed, stream: stream)
        for _ in 0..<100 { words.insert(generator.next()) }
      }
    }
    #expect(words.count == 900)
  }

  @Test func `uniform numbers fill the unit interval`() {
    var generator = RandomGenerator(seed: 2)
    var bins = Array(repeating: 0, count: 100)
    for _ in 0..<100_000 {
      let u = generator.nextUniform()
      #expect(u >= 0 && u < 1)
      #expect(u * 0x1p53 == (u * 0x1p53).rounded())
      bins[Int(u * 100)] += 1
    }
    // χ² with 99 degrees of freedom: mean 99, standard deviation 14.
    let chiSquared = bins.reduce(0.0) { $0 + Double(($1 - 1_000) * ($1 - 1_000)) / 1_000 }
    #expect(chiSquared > 50 && chiSquared < 160)
  }
}
