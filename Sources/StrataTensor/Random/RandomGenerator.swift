/// Random numbers addressed by (seed, stream, position): the same address gives the same number, always and
/// everywhere.
public struct RandomGenerator: RandomNumberGenerator, Sendable {
  /// What all streams of the generator follow from.
  public let seed: UInt64
  /// Which of the independent streams of the seed this is.
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
    defer { position &+= 1 }
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
