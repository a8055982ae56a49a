import Foundation
import StrataData
import Testing

@Suite struct `Text files` {
  @Test func `are read plain and gzipped`() throws {
    let text = "Straße\r\n\0 e\u{301} 😀\n"
    for bytes in [Array(text.utf8), gzip(Array(text.utf8))] {
      #expect(try withFile(bytes) { Array(try TextFile.read($0).utf8) } == Array(text.utf8))
    }
    #expect(try withFile([]) { try TextFile.read($0) }.isEmpty)
  }

  @Test func `may be longer than a buffer`() throws {
    let count = 3_000_000
    #expect(
      try withFile(gzip(Array("0123456789".utf8), repeated: count / 10)) { try TextFile.read($0).utf8.count } == count)
  }

  @Test(arguments: [
    Damage("not UTF-8", Array("aé".utf8) + [0xFF, 0x61], .malformed(found: "byte 255", expected: "UTF-8"), at: 3),
    Damage("cut UTF-8", [0x61, 0xE2, 0x82], .malformed(found: "byte 226", expected: "UTF-8"), at: 1),
    Damage("a surrogate", [0xED, 0xA0, 0x80], .malformed(found: "byte 237", expected: "UTF-8"), at: 0),
    Damage("cut gzip", Array(gzip([1, 2, 3]).dropLast(3)), .damagedGzip("it ends too soon"), at: 20),
  ]) func `with damage are refused`(_ damage: Damage) throws {
    try damage.expect { path throws(DataError) in try TextFile.read(path) }
  }

  @Test func `of the bundled text have what its description says`() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../data/text/new-testament.txt.gz")
    let text = try TextFile.read(path.standardizedFileURL.path)
    #expect(text.utf8.count == 949_740)
    #expect(text.hasPrefix("The book of the generation of Jesus Christ") && text.hasSuffix("be with you all. Amen.\n"))
  }
}
