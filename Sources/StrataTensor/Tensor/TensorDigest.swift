import CStrataKernels

/// A digest of a tensor's bits in 24 bytes, made nearly at the speed of memory, which says where a single difference is.
///
/// With u the i-th word of 64 bits plus its upper half: Σ u, Σ i u and Σ i² u modulo 2⁶⁴. One element of 32 bits that
/// differs always changes them; several that differ at random do not once in 2⁶⁴ times or less.
package struct TensorDigest: Hashable, Sendable {
  package var sums: SIMD3<UInt64>

  package init(_ sums: SIMD3<UInt64>) { self.sums = sums }

  /// Returns the one element that differs between two tensors of a type and `count` elements with these digests; nil where
  /// there is none, or there are several.
  package func place(ofDifferenceFrom other: TensorDigest, count: Int, _ dtype: DType) -> Int? {
    let difference = sums &- other.sums
    guard difference[0] != 0 else { return nil }
    // i d = w modulo 2⁶⁴, for d = 2ᵗ · an odd number: i is known modulo 2^(64 − t).
    let shift = difference[0].trailingZeroBitCount
    guard difference[1].trailingZeroBitCount >= shift else { return nil }
    let odd = difference[0] >> shift
    // Newton's iteration for the inverse modulo 2⁶⁴ begins with 3 right bits and doubles them each time.
    var inverse = odd
    for _ in 0..<5 { inverse &*= 2 &- odd &* inverse }
    let word = (difference[1] >> shift &* inverse) & (.max >> shift)
    guard word &* word &* difference[0] == difference[2], word < UInt64(count) else { return nil }
    if dtype.byteCount == 8 { return Int(word) }
    // Of two elements in a word the lower changes u by less than 2³², the upper by a multiple of 2³² + 1.
    let size = min(difference[0], 0 &- difference[0])
    let isUpper = size >> 32 > 0
    guard !isUpper || difference[0] % (1 << 32 + 1) == 0 || (0 &- difference[0]) % (1 << 32 + 1) == 0 else {
      return nil
    }
    let place = 2 * Int(word) + (isUpper ? 1 : 0)
    return place < count ? place : nil
  }
}

extension Tensor {
  /// The digest of the elements' bits, the same at any number of workers.
  package var digest: TensorDigest {
    let (words, bytes) = (byteCount / 4, storage.bytes)
    let sums = Lock(SIMD3<UInt64>())
    // A block takes longer than a worker takes to come; it begins at a whole word of 64 bits.
    parallel(over: words, grain: 1 << 16) { range in
      var part = SIMD3<UInt64>()
      withUnsafeMutableBytes(of: &part) {
        strata_digest(
          range.count, UInt64(range.lowerBound / 2), bytes + 4 * range.lowerBound,
          $0.assumingMemoryBound(to: UInt64.self).baseAddress!)
      }
      sums.withLock { $0 &+= part }
    }
    return TensorDigest(sums.withLock { $0 })
  }
}
