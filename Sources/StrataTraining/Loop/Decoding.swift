extension KeyedDecodingContainer {
  /// Decodes a number that must lie in a range.
  func decode<Number: Decodable & Comparable>(in range: ClosedRange<Number>, forKey key: Key) throws -> Number {
    let number = try decode(Number.self, forKey: key)
    guard range.contains(number) else {
      throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "\(number) is not in \(range)")
    }
    return number
  }

  /// Decodes a count to which others can be added.
  func decodeCount(forKey key: Key) throws -> Int { try decode(in: 0...1 << 53, forKey: key) }

  /// Decodes a number that is neither NaN nor infinite.
  func decodeFinite(forKey key: Key) throws -> Double {
    try decode(in: -.greatestFiniteMagnitude ... .greatestFiniteMagnitude, forKey: key)
  }
}
