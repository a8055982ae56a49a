/// Philox-4x32-10, a counter-based random number generator.
///
/// Four random 32-bit words are a function of a 128-bit counter and a 64-bit key; there is no state to
/// advance, so any word of any stream can be had at once and in any order. From Salmon, Moraes, Dror and
/// Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
package enum Philox {
  /// The four words at `counter` under `key`.
  package static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (x, key) = (counter, key)
    for _ in 0..<10 {
      let a = UInt64(0xD251_1F53) * UInt64(x[0])
      let b = UInt64(0xCD9E_8D57) * UInt64(x[2])
      x = SIMD4(
        UInt32(truncatingIfNeeded: b >> 32) ^ x[1] ^ key[0], UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ x[3] ^ key[1], UInt32(truncatingIfNeeded: a))
      key = SIMD2(key[0] &+ 0x9E37_79B9, key[1] &+ 0xBB67_AE85)
    }
    return x
  }
}

/// Random numbers addressed by (seed, stream, position): the same address gives the same number, always and
/// everywhere.
public struct RandomGenerator: RandomNumberGenerator, Sendable {
  public let seed: UInt64
  public let stream: UInt64

  /// How many 64-bit words have been drawn.
  public private(set) var position: UInt64

  /// The block of two words that holds the last one drawn.
  private var block = SIMD4<UInt32>()

  public init(seed: UInt64, stream: UInt64 = 0, position: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
    self.position = position
    if position % 2 == 1 { block = words(at: position / 2) }
  }

  public mutating func next() -> UInt64 {
    defer { position += 1 }
    if position % 2 == 1 { return UInt64(block[3]) << 32 | UInt64(block[2]) }
    block = words(at: position / 2)
    return UInt64(block[1]) << 32 | UInt64(block[0])
  }

  private func words(at index: UInt64) -> SIMD4<UInt32> {
    Philox.words(counter: SIMD4(index.low, index.high, stream.low, stream.high), key: SIMD2(seed.low, seed.high))
  }

  /// A number in [0, 1), a multiple of 2⁻⁵³.
  public mutating func nextUniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}

extension UInt64 {
  fileprivate var low: UInt32 { UInt32(truncatingIfNeeded: self) }
  fileprivate var high: UInt32 { UInt32(truncatingIfNeeded: self >> 32) }
}
