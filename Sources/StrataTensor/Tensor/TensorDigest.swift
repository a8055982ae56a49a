import CStrataKernels

/// A digest of a tensor's bits in 56 bytes, made nearly at the speed of memory, which says where a single difference is.
///
/// It is sums of words modulo 2⁶⁴: of those in each row of a block of 32, and of columns by their places; see
/// `StrataDigest.h`. One element that differs always changes them; several that differ at random do not once in 2⁶⁴ times
/// or less.
package struct TensorDigest: Hashable, Sendable {
  /// The sums, and a zero.
  package var sums: SIMD8<UInt64>

  /// How many sums there are.
  package static let count = 7

  package init(_ sums: SIMD8<UInt64>) { self.sums = sums }

  /// Returns the one element that differs between two tensors of a type and `count` elements with these digests; nil where
  /// there is none, or there are several.
  package func place(ofDifferenceFrom other: TensorDigest, count: Int, _ dtype: DType) -> Int? {
    let difference = sums &- other.sums
    let rows = (0..<STRATA_DIGEST_ROWS).filter { difference[$0] != 0 }
    guard rows.count == 1, difference[4] != 0 else { return nil }
    let (row, change, folded) = (rows[0], difference[rows[0]], difference[4])
    // c e = p modulo 2⁶⁴, for e = 2ᵗ · an odd number: c is known modulo 2^(64 − t).
    let shift = folded.trailingZeroBitCount
    guard difference[5].trailingZeroBitCount >= shift else { return nil }
    let odd = folded >> shift
    // Newton's iteration for the inverse modulo 2⁶⁴ begins with 3 right bits and doubles them each time.
    var inverse = odd
    for _ in 0..<5 { inverse &*= 2 &- odd &* inverse }
    let column = (difference[5] >> shift &* inverse) & (.max >> shift)
    guard column &* column &* folded == difference[6], column < UInt64(count) else { return nil }
    let (block, rest) = Int(column).quotientAndRemainder(dividingBy: STRATA_DIGEST_COLUMNS)
    let word = (block * STRATA_DIGEST_ROWS + row) * STRATA_DIGEST_COLUMNS + rest
    // Of two elements in a word the upper changes it by a multiple of 2³², the lower by less. The last 2²⁴ are rather a
    // change of both, of the upper by one, than one of the lower from end to end.
    let isUpper = dtype.byteCount == 4 && change << 32 == 0
    if dtype.byteCount == 4 && !isUpper && min(change, 0 &- change) >= 1 << 32 - 1 << 24 { return nil }
    let place = dtype.byteCount == 8 ? word : 2 * word + (isUpper ? 1 : 0)
    return place < count ? place : nil
  }
}

extension TensorDigest {
  /// The digest of no elements.
  package init() { sums = SIMD8() }

  /// The digest of a part of an array, which is read piece by piece.
  package struct Reader {
    private var state = strata_digest_state()
    private let first: Int

    /// Reads from a word of 32 bits on, whose number is a multiple of 64.
    package init(from first: Int) { self.first = first }

    /// Reads the next words, a multiple of 64 but for the last piece.
    package mutating func read(_ words: UnsafeRawPointer, count: Int) { strata_digest_read(&state, count, words) }

    /// The digest of what was read.
    package var digest: TensorDigest {
      var digest = TensorDigest()
      withUnsafePointer(to: state) { state in
        withUnsafeMutableBytes(of: &digest.sums) {
          strata_digest_end(state, UInt64(first / 2), $0.assumingMemoryBound(to: UInt64.self).baseAddress!)
        }
      }
      return digest
    }
  }
}

extension Tensor {
  /// The digest of the elements' bits, the same at any number of workers.
  package var digest: TensorDigest {
    let (words, bytes) = (byteCount / 4, storage.bytes)
    let grain = 1 << 16  // a block takes longer than a worker takes to come
    func part(_ range: Range<Int>) -> TensorDigest {
      var reader = TensorDigest.Reader(from: range.lowerBound)
      reader.read(bytes + 4 * range.lowerBound, count: range.count)
      return reader.digest
    }
    if words <= grain { return part(0..<words) }
    let sums = Lock(SIMD8<UInt64>())
    parallel(over: words, grain: grain) { range in
      let part = part(range)
      sums.withLock { $0 &+= part.sums }
    }
    return TensorDigest(sums.withLock { $0 })
  }
}
