import Foundation
import StrataData
import StrataTensor
import Testing

@Suite(.seeded) struct `IDX files` {
  @Test(arguments: [false, true])
  func `hold elements of six types, big-endian`(gzipped: Bool) throws {
    func read(_ bytes: [UInt8]) throws -> Tensor {
      try withFile(gzipped ? gzip(bytes) : bytes) { try IDX.read($0) }
    }
    let integers = try [
      read(idx(type: 0x08, [2, 2], [0, 1, 128, 255] as [UInt8])),
      read(idx(type: 0x09, [2, 2], [0, 1, -128, 127] as [Int8])),
      read(idx(type: 0x0B, [2, 2], [0, 1, -32768, 258] as [Int16])),
      read(idx(type: 0x0C, [2, 2], [0, 1, .min, 16_909_060] as [Int32])),
    ]
    #expect(
      integers.map { $0.elements(as: Int32.self) } == [
        [0, 1, 128, 255], [0, 1, -128, 127], [0, 1, -32768, 258], [0, 1, .min, 16_909_060],
      ])
    #expect(integers.allSatisfy { $0.dtype == .int32 && $0.shape == [2, 2] })

    let floats: [Float] = [0, -1.5, .pi, .infinity]
    #expect(try read(idx(type: 0x0D, [4], floats.map(\.bitPattern))) == Tensor(floats))
    let doubles: [Double] = [0, -1.5, .pi, .infinity]
    #expect(
      try read(idx(type: 0x0E, [2, 1, 2], doubles.map(\.bitPattern))) == Tensor(doubles, shape: [2, 1, 2]))
  }

  @Test func `give fractions of 255 when scaled`() throws {
    let bytes = (0...255).map { UInt8($0) }
    let tensor = try withFile(idx([16, 16], bytes)) { try IDX.read($0, scaled: true) }
    #expect(tensor == Tensor(bytes.map { Float($0) / 255 }, shape: [16, 16]))
  }

  @Test func `may be larger than a buffer, of many gzip members, and empty`() throws {
    let file = idx([300, 1000])
    let expected = file.dropFirst(12).map { Int32($0) }
    for bytes in [file, gzip(file), gzip(Array(file.prefix(5))) + gzip([]) + gzip(Array(file.dropFirst(5)))] {
      #expect(try withFile(bytes) { try IDX.read($0) }.elements(as: Int32.self) == expected)
    }
    #expect(try withFile(idx([0, 28, 28])) { try IDX.read($0) }.shape == [0, 28, 28])
  }

  @Test func `above 16 MiB are checked first and then read`() throws {
    let block = [UInt8](repeating: 51, count: 1 << 20)
    let file = gzip(Array(idx([5 << 20], [UInt8]()))) + gzip(block, repeated: 5)
    let tensor = try withFile(file) { try IDX.read($0, scaled: true) }
    #expect(tensor.shape == [5 << 20])
    #expect(tensor.elements(Float.self).allSatisfy { $0 == 0.2 })
  }

  @Test(arguments: damages) func `with damage are refused`(_ damage: Damage) throws {
    try damage.expect { path throws(DataError) in try IDX.read(path) }
  }

  @Test func `of other elements are refused when scaled`() throws {
    let damage = Damage(
      "ints", idx(type: 0x0C, [1], [7] as [Int32]),
      .malformed(found: "elements of type int", expected: "ubyte"), at: 2)
    try damage.expect { path throws(DataError) in try IDX.read(path, scaled: true) }
  }

  static let damages: [Damage] = {
    let plain = idx([3, 2, 2])  // 16 bytes of header, 12 of elements
    let packed = gzip(plain)
    func changed(_ bytes: [UInt8], at index: Int) -> [UInt8] {
      var bytes = bytes
      bytes[(index + bytes.count) % bytes.count] ^= 0x55
      return bytes
    }
    let million = [UInt8](repeating: 0, count: 1 << 20)
    return [
      Damage("empty", [], .cutShort(expected: 4, found: 0), at: 0),
      Damage("cut in the magic", [0, 0, 8], .cutShort(expected: 4, found: 3), at: 3),
      Damage("cut in the shape", Array(plain.prefix(10)), .cutShort(expected: 16, found: 10), at: 10),
      Damage("cut before the elements", Array(plain.prefix(16)), .cutShort(expected: 28, found: 16), at: 16),
      Damage("one byte short", plain.dropLast(), .cutShort(expected: 28, found: 27), at: 27),
      Damage("one byte long", plain + [0], .excessBytes(expected: 28), at: 28),
      Damage("twice", plain + plain, .excessBytes(expected: 28), at: 28),
      Damage(
        "an image", [0x89] + "PNG\r\n\u{1A}\n".utf8,
        .malformed(found: "a PNG picture", expected: "an IDX file"), at: 0),
      Damage(
        "gzipped twice", gzip(packed), .malformed(found: "a gzip file", expected: "an IDX file"), at: 0),
      Damage(
        "little-endian magic", [3, 8, 0, 0] + plain.dropFirst(4),
        .malformed(found: "other data", expected: "IDX, which begins with two zero bytes"), at: 0),
      Damage(
        "type 0x0A", idx(type: 0x0A, [3, 2, 2], Array(plain.suffix(12))),
        .malformed(found: "element type 10", expected: "one of IDX's"), at: 2),
      Damage("rank 0", [0, 0, 8, 0, 1], .malformed(found: "0 axes", expected: "1 to 8"), at: 3),
      Damage(
        "rank 9", idx([1, 1, 1, 1, 1, 1, 1, 1, 1]), .malformed(found: "9 axes", expected: "1 to 8"), at: 3),
      Damage(
        "rank 255 and nothing else", [0, 0, 8, 255], .malformed(found: "255 axes", expected: "1 to 8"), at: 3),
      Damage(
        "huge length", idx([4_294_967_295], [1, 2, 3] as [UInt8]),
        .cutShort(expected: 4_294_967_303, found: 11), at: 11),
      Damage(
        "elements beyond 2^64", idx([4_294_967_295, 4_294_967_295, 2], [UInt8]()),
        .tooLarge("shape [4294967295, 4294967295, 2]"), at: 4),
      Damage(
        "a product that wraps to 0", idx([65_536, 65_536, 65_536, 65_536], [UInt8]()),
        .tooLarge("shape [65536, 65536, 65536, 65536]"), at: 4),
      Damage(
        "uncountable but for a 0", idx([0, 4_294_967_295, 4_294_967_295], [UInt8]()),
        .tooLarge("shape [0, 4294967295, 4294967295]"), at: 4),
      Damage(
        "wider elements than there are bytes", idx(type: 0x0E, [3], [1, 2, 3] as [UInt32]),
        .cutShort(expected: 32, found: 20), at: 20),
      Damage("gzip magic alone", [0x1F, 0x8B], .damagedGzip("it ends too soon"), at: 2),
      Damage("cut in the gzip header", Array(packed.prefix(7)), .damagedGzip("it ends too soon"), at: 7),
      Damage(
        "cut in the gzip data", Array(packed.dropLast(12)), .damagedGzip("it ends too soon"),
        at: packed.count - 12),
      Damage(
        "cut in the checksum", Array(packed.dropLast(6)), .damagedGzip("it ends too soon"),
        at: packed.count - 6),
      Damage(
        "no gzip method", changed(packed, at: 2), .damagedGzip("unknown compression method"), at: 4),
      Damage("bad block", changed(packed, at: 10), .damagedGzip("invalid block type"), at: 11),
      Damage(
        "bad checksum", changed(packed, at: -8), .damagedGzip("incorrect data check"), at: packed.count - 4),
      Damage("bad length", changed(packed, at: -1), .damagedGzip("incorrect length check"), at: packed.count),
      Damage(
        "garbage after gzip", packed + Array("junk".utf8), .damagedGzip("something else follows its end"),
        at: packed.count),
      Damage(
        "zeros after gzip", packed + [0, 0], .damagedGzip("something else follows its end"), at: packed.count),
      Damage(
        "a cut second member", packed + packed.prefix(9), .damagedGzip("it ends too soon"),
        at: packed.count + 9),
      Damage("a second file in gzip", packed + packed, .excessBytes(expected: 28), at: 28),
      Damage("gzip of nothing", gzip([]), .cutShort(expected: 4, found: 0), at: 0),
      Damage(
        "gzip, cut in the shape", gzip(Array(plain.prefix(9))), .cutShort(expected: 16, found: 9), at: 9),
      Damage("gzip, one byte short", gzip(plain.dropLast()), .cutShort(expected: 28, found: 27), at: 27),
      Damage("gzip, one byte long", gzip(plain + [0]), .excessBytes(expected: 28), at: 28),
      Damage(
        "gzip that cannot hold what it declares", gzip(idx([1 << 30], [UInt8]())),
        .tooLarge("1073741832 bytes declared, 28896 possible in this gzip file"), at: 4),
      Damage(
        "gzip without end", gzip(plain + million, repeated: 100), .excessBytes(expected: 28), at: 28),
      Damage(
        "gzip that could hold what it declares, and ends before",
        gzip(idx([60 << 20], [UInt8]())) + gzip(million, repeated: 59) + gzip([])
          + Array(gzip(million).dropLast(20)),
        .damagedGzip("it ends too soon"), at: nil),
    ].map { damage in
      // A long gzip file is cut at its end.
      guard damage.offset == nil else { return damage }
      return Damage(damage.what, damage.bytes, damage.reason, at: damage.bytes.count)
    }
  }()

  @Test func `that would not fit the machine are refused`() throws {
    try withFile(idx([1 << 20, 1 << 22], [UInt8]())) { path in
      // A file of 4 TiB of which the disk holds one block.
      guard truncate(path, 12 + (1 << 42)) == 0 else { return }
      let error = #expect(throws: DataError.self) { try IDX.read(path) }
      #expect(error?.reason == .tooLarge("\(1 << 44) bytes of tensors exceed this machine's memory"))
    }
  }

  @Test func `must be files`() throws {
    try withDirectory { directory in
      func reason(_ path: String) -> DataError.Reason? {
        #expect(throws: DataError.self) { try IDX.read(path) }?.reason
      }
      #expect(reason(directory) == .unreadable("it is a directory"))
      #expect(reason(directory + "/none") == .missing)
      mkfifo(directory + "/pipe", 0o600)
      #expect(reason(directory + "/pipe") == .unreadable("it is a pipe or a device"))
      #expect(reason("/dev/null") == .unreadable("it is a pipe or a device"))
      let locked = directory + "/locked"
      try Data(idx([1])).write(to: URL(fileURLWithPath: locked))
      chmod(locked, 0)
      if getuid() != 0 { #expect(reason(locked) == .unreadable("Permission denied")) }
      symlink(directory + "/loop", directory + "/loop")
      #expect(reason(directory + "/loop") == .unreadable("Too many levels of symbolic links"))
    }
  }
}
