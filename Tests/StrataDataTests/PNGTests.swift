import CZlib
import StrataData
import StrataTensor
import Testing

/// Pictures of logs and pages, taken apart again.
@Suite(.seeded) struct PNGTests {
  /// The chunks of a file, whose checksums are right.
  private func chunks(_ file: [UInt8]) -> [(kind: String, data: [UInt8])] {
    func number(_ at: Int) -> Int { file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    var (chunks, at): ([(String, [UInt8])], Int) = ([], 8)
    while at < file.count {
      let body = Array(file[at + 4..<at + 8 + number(at)])
      #expect(number(at + 4 + body.count) == Int(crc32(0, body, uInt(body.count))))
      chunks.append((String(decoding: body.prefix(4), as: UTF8.self), Array(body.dropFirst(4))))
      at += 8 + body.count
    }
    return chunks
  }

  private func rows(_ compressed: [UInt8], count: Int) -> [UInt8] {
    var (rows, size) = ([UInt8](repeating: 7, count: count), uLong(count))
    #expect(uncompress(&rows, &size, compressed, uLong(compressed.count)) == Z_OK && size == count)
    return rows
  }

  @Test func `grey pictures have a filter byte a row, and values outside 0 to 1 are cut off`() {
    let chunks = chunks(PNG.encoded([[0, 0.5, 1], [2, -1, .nan]] as Tensor))
    #expect(chunks.map(\.kind) == ["IHDR", "IDAT", "IEND"])
    #expect(chunks[0].data == [0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0])
    #expect(rows(chunks[1].data, count: 8) == [0, 0, 128, 255, 0, 255, 0, 0])
  }

  @Test func `channels of an image become the colours of its pixels`() {
    let image = Tensor([1, 0, 0, 1, 0, 0] as [Float], shape: [3, 1, 2])
    let chunks = chunks(PNG.encoded(image))
    #expect(chunks[0].data[9] == 2)
    #expect(rows(chunks[1].data, count: 7) == [0, 255, 0, 0, 0, 255, 0])
  }
}
