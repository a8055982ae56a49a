import StrataTensor
import Testing

/// Digests of tensors: their definition, and what they say of one difference.
@Suite(.seeded) struct DigestTests {
  /// The sums of their definition, word by word: blocks of four rows of eight words of 64 bits.
  private func plain(_ words: [UInt32]) -> TensorDigest {
    var (digest, columns) = (TensorDigest(), [UInt64](repeating: 0, count: (words.count + 63) / 64 * 8))
    for index in 0..<(words.count + 1) / 2 {
      let upper = 2 * index + 1 < words.count ? UInt64(words[2 * index + 1]) : 0
      let (word, row) = (upper << 32 | UInt64(words[2 * index]), index / 8 % 4)
      columns[index / 32 * 8 + index % 8] &+= word
      digest.sums[row] &+= word
    }
    for (column, sum) in zip((0 as UInt64)..., columns) {
      let folded = sum &+ sum >> 32
      digest.sums[4] &+= folded
      digest.sums[5] &+= column &* folded
      digest.sums[6] &+= column &* column &* folded
    }
    return digest
  }

  private func plain(_ values: [Double]) -> TensorDigest {
    plain(values.flatMap { [UInt32(truncatingIfNeeded: $0.bitPattern), UInt32($0.bitPattern >> 32)] })
  }

  @Test(arguments: [0, 1, 15, 16, 17, 100, 65_536, 140_001])
  func `a digest is its definition, at any number of workers`(_ count: Int) {
    let x = Tensor(normal: [count])
    let expected = plain(x.elements(as: Float.self).map(\.bitPattern))
    for workers in [1, 2, 3] { withWorkers(workers) { #expect(x.digest == expected) } }
    let integers = Tensor((0..<count).map { Int32(truncatingIfNeeded: $0 &* 7_919_999) }, shape: [count])
    #expect(integers.digest == plain(integers.elements(as: Int32.self).map { UInt32(bitPattern: $0) }))
    let wide = x.converted(to: .float64)
    #expect(wide.digest == plain(wide.elements(as: Double.self)))
  }

  private typealias Reader = TensorDigest.Reader

  @Test func `parts of any length add up, wherever they are in memory`() {
    var generator = RandomGenerator.next()
    let words = (0..<200).map { _ in UInt32(truncatingIfNeeded: generator.next()) }
    for count in 0...70 {
      for (start, offset) in [(0, 0), (0, 1), (64, 0), (128, 1)] {
        var (whole, first, second) = (Reader(from: 0), Reader(from: 0), Reader(from: start))
        words.withUnsafeBufferPointer { words in
          let (head, tail) = (words.baseAddress! + offset, words.baseAddress! + offset + start)
          whole.read(head, count: start)
          whole.read(tail, count: count)
          first.read(head, count: start)
          second.read(tail, count: count)
        }
        let expected = plain(Array(words[offset..<offset + start + count]))
        let parts = TensorDigest(first.digest.sums &+ second.digest.sums)
        #expect(whole.digest == expected && parts == expected, "\(start) and \(count) from \(offset)")
      }
    }
  }

  @Test func `one element that differs is found, whatever bits of it do`() {
    var generator = RandomGenerator.next()
    for count in [1, 5, 1_000, 10_001] {
      let words = (0..<count).map { _ in UInt32(truncatingIfNeeded: generator.next()) }
      let (digest, numbers) = (plain(words), words.map { Double($0) })
      let wide = plain(numbers)
      for bit in 0..<34 {
        let place = Int.random(in: 0..<count, using: &generator)
        var (others, reals) = (words, numbers)
        // A flipped bit, or another element altogether.
        others[place] ^= bit < 32 ? 1 << bit : UInt32(truncatingIfNeeded: generator.next()) | 1
        #expect(digest.place(ofDifferenceFrom: plain(others), count: count, .float32) == place, "\(count) \(bit)")
        reals[place] = bit < 32 ? Double(bitPattern: reals[place].bitPattern ^ 1 << UInt64(2 * bit)) : -1 / reals[place]
        #expect(wide.place(ofDifferenceFrom: plain(reals), count: count, .float64) == place, "\(count) \(bit)")
      }
      #expect(digest.place(ofDifferenceFrom: digest, count: count, .float32) == nil)
    }
    // Neighbours in a word of 64 bits, up by one and down by one.
    for (first, second) in [(0, 1), (1, 0)] as [(UInt32, UInt32)] {
      let digest = plain([first, second, 7, 7])
      #expect(digest.place(ofDifferenceFrom: plain([first ^ 1, second, 7, 7]), count: 4, .int32) == 0)
      #expect(digest.place(ofDifferenceFrom: plain([first, second ^ 1, 7, 7]), count: 4, .int32) == 1)
      #expect(digest.place(ofDifferenceFrom: plain([first ^ 1, second ^ 1, 7, 7]), count: 4, .int32) == nil)
    }
  }

  @Test func `several differences are seen, and not taken for one`() {
    var generator = RandomGenerator.next()
    let words = (0..<1_000).map { _ in UInt32.random(in: 0..<2, using: &generator) }
    let digest = plain(words)
    for count in [2, 3, 4, 500] {
      for _ in 0..<20 {
        var others = words
        // Words of 0 and 1, as labels are, of which as many grow as fall.
        let places = words.indices.shuffled(using: &generator)
        let (zeros, ones) = (places.filter { words[$0] == 0 }, places.filter { words[$0] == 1 })
        for place in zeros.prefix((count + 1) / 2) + ones.prefix(count / 2) { others[place] ^= 1 }
        #expect(digest != plain(others))
        #expect(digest.place(ofDifferenceFrom: plain(others), count: 1_000, .int32) == nil)
      }
    }
    // Exchanges that keep the sum of all words, and of their places, within a word, a row or a column.
    for stride in [1, 2, 16] {
      func exchanged(_ values: [UInt32]) -> [UInt32] {
        var words = words
        for (index, value) in values.enumerated() { words[stride * index] = value }
        return words
      }
      let (one, other) = (plain(exchanged([0, 1, 1, 0])), plain(exchanged([1, 0, 0, 1])))
      #expect(one != other && one.place(ofDifferenceFrom: other, count: 1_000, .int32) == nil)
      // Two that grow alike are not one in the middle that grows by twice as much.
      let both = plain(exchanged([1, 0, 1]))
      #expect(both.place(ofDifferenceFrom: plain(exchanged([0, 0, 0])), count: 1_000, .int32) == nil)
    }
  }
}
