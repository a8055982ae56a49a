/// The cyclic redundancy check of Castagnoli's polynomial, which zlib does not have. RFC 3720, appendix B.4.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0x82f6_3b78 : rest >> 1 }
  }

  static func checksum(of bytes: [UInt8]) -> UInt32 {
    let table = table
    return ~bytes.reduce(~0) { rest, byte in table[Int((rest ^ UInt32(byte)) & 0xff)] ^ rest >> 8 }
  }
}
