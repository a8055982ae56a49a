import CStrataKernels

/// A digest of a tensor's bits in 48 bytes, made nearly at the speed of memory, which says where a single difference is.
///
/// It is sums of words modulo 2⁶⁴: of all, of those in some rows of a block of 32, and of columns by their places; see
/// `StrataDigest.h`. One element that differs always changes them; several that differ at random do not once in 2⁶⁴ times
/// or less.
package struct TensorDigest: Hashable, Sendable {
  /// The sums, and two zeros.
  package var sums: SIMD8<UInt64>

  /// How many sums there are.
  package static let count = 6

  package init(_ sums: SIMD8<UInt64>) { self.sums = sums }

  /// Returns the one element that differs between two tensors of a type and `count` elements with these digests; nil where
  /// there is none, or there are several.
  package func place(ofDifferenceFrom other: TensorDigest, count: Int, _ dtype: DType) -> Int? {
    let difference = sums &- other.sums
    let (change, folded) = (difference[0], difference[3])
    guard change != 0, folded != 0, [0, change].contains(difference[1]), [0, change].contains(difference[2]) else {
      return nil
    }
    let row = (difference[1] == 0 ? 0 : 1) + (difference[2] == 0 ? 0 : 2)
    // c e = p modulo 2⁶⁴, for e = 2ᵗ · an odd number: c is known modulo 2^(64 − t).
    let shift = folded.trailingZeroBitCount
    guard difference[4].trailingZeroBitCount >= shift else { return nil }
    let odd = folded >> shift
    // Newton's iteration for the inverse modulo 2⁶⁴ begins with 3 right bits and doubles them each time.
    var inverse = odd
    for _ in 0..<5 { inverse &*= 2 &- odd &* inverse }
    let column = (difference[4] >> shift &* inverse) & (.max >> shift)
    guard column &* column &* folded == difference[5], column < UInt64(count) else { return nil }
    let (block, rest) = Int(column).quotientAndRemainder(dividingBy: STRATA_DIGEST_COLUMNS)
    let word = (block * STRATA_DIGEST_ROWS + row) * STRATA_DIGEST_COLUMNS + rest
    // Of two elements in a word the upper changes it by a multiple of 2³², the lower by less.
    let isUpper = dtype.byteCount == 4 && change << 32 == 0
    if dtype.byteCount == 4 && !isUpper && min(change, 0 &- change) >> 32 > 0 { return nil }
    let place = dtype.byteCount == 8 ? word : 2 * word + (isUpper ? 1 : 0)
    return place < count ? place : nil
  }
}

extension TensorDigest {
  /// The digest of no elements.
  package init() { sums = SIMD8() }

  /// Adds the digest of a part of an array: `count` words of 32 bits from one on whose number is a multiple of 64.
  package mutating func add(_ words: UnsafeRawPointer, count: Int, from first: Int) {
    withUnsafeMutableBytes(of: &sums) {
      strata_digest(count, UInt64(first / 2), words, $0.assumingMemoryBound(to: UInt64.self).baseAddress!)
    }
  }
}

extension Tensor {
  /// The digest of the elements' bits, the same at any number of workers.
  package var digest: TensorDigest {
    let (words, bytes) = (byteCount / 4, storage.bytes)
    let grain = 1 << 16  // a block takes longer than a worker takes to come
    var digest = TensorDigest()
    if words <= grain {
      digest.add(bytes, count: words, from: 0)
      return digest
    }
    let sums = Lock(SIMD8<UInt64>())
    parallel(over: words, grain: grain) { range in
      var part = TensorDigest()
      part.add(bytes + 4 * range.lowerBound, count: range.count, from: range.lowerBound)
      sums.withLock { $0 &+= part.sums }
    }
    digest.sums = sums.withLock { $0 }
    return digest
  }
}
