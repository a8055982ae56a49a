import CStrataKernels
import Testing

@Suite struct HashTests {
  /// Numbers of the author's own program for i · 7 + 3 modulo 256, under two seeds.
  @Test(
    arguments: [
      (0, 0, 0xEF46DB3751D8E999),
      (0, .max - 4, 0x7718583102D12CC),
      (1, 0, 0x1F25C8D0BC1F4BB6),
      (1, .max - 4, 0x6DE1ECCE556F0E6D),
      (3, 0, 0x31D2363F52E564C9),
      (3, .max - 4, 0xAF77C691C99469AC),
      (4, 0, 0x9BB64B7D66EE9FDA),
      (4, .max - 4, 0x4B91F6D559D189F2),
      (7, 0, 0x9A7B149959CE60D8),
      (7, .max - 4, 0xC89370132CC93115),
      (8, 0, 0xDAB99D95C6F90092),
      (8, .max - 4, 0x4A40B5B498BDEC69),
      (15, 0, 0x1B47CB8243CC8E32),
      (15, .max - 4, 0x7BF545CF5854ABBA),
      (31, 0, 0xA2AA5F33CC4A6119),
      (31, .max - 4, 0x6AF3C207F4FE6658),
      (32, 0, 0x23C3C17EF790FD97),
      (32, .max - 4, 0xB678A7137CF6065B),
      (33, 0, 0x50A7CFC7BA588784),
      (33, .max - 4, 0x505078CA10FF14BA),
      (63, 0, 0x5E3E54B431C7493C),
      (63, .max - 4, 0x752D3C79FB60E615),
      (64, 0, 0xEB64B3EF6EEB01F),
      (64, .max - 4, 0xCE779DE6E4B7CC60),
      (100, 0, 0xA61F8D4C170FE531),
      (100, .max - 4, 0x1CF91CC57E8689FF),
      (300, 0, 0x240004DBEE0BA6DC),
      (300, .max - 4, 0x1AA5AAA5AC26985F),
    ] as [(Int, UInt64, UInt64)])
  func `hashes are those of XXH64`(count: Int, seed: UInt64, expected: UInt64) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
    var hash = strata_hash_start(seed)
    #expect(strata_hash_add(&hash, bytes, count) == expected)
    // In pieces of 32 bytes, and what is left.
    hash = strata_hash_start(seed)
    let whole = count / 32 * 32
    for start in stride(from: 0, to: whole, by: 32) { _ = strata_hash_add(&hash, Array(bytes[start..<start + 32]), 32) }
    #expect(strata_hash_add(&hash, Array(bytes[whole...]), count - whole) == expected)
  }
}
