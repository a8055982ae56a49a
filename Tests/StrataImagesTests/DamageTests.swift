import StrataData
import Testing

@testable import StrataImages

/// Damaged files are errors that name what is wrong and where; none stops the program.
@Suite(.seeded) struct DamageTests {
  @Test(arguments: damagedPNGs + damagedJPEGs) func `damage is reported`(_ damage: Damage) throws {
    try damage.expect { path throws(DataError) in try Image(path) }
  }

  @Test(arguments: ["gray8.png", "palette4_trns_interlaced.png", "rgb16.png", "gray.jpg", "rgb_420_progressive.jpg"])
  func `a file cut anywhere is refused`(_ name: String) {
    let file = References.bytes(name)
    // Where pixels are complete, the end of an image may lack.
    for count in stride(from: 0, to: file.count - 2, by: name.hasSuffix("jpg") ? 7 : 1) {
      let error = Self.error(of: Array(file.prefix(count)))
      switch error?.reason {
      case .cutShort(let expected, let found): #expect(found == count && expected > count)
      case .damagedImage: #expect(name.hasSuffix("jpg"))
      default: Issue.record("\(count) bytes: \(String(describing: error))")
      }
    }
  }

  /// What reading a file of these bytes throws; nil if it is an image.
  private static func error(of bytes: [UInt8]) -> DataError? {
    let file = ImageBytes(path: "file", bytes: bytes, fileSize: bytes.count)
    do throws(DataError) { _ = try ImageHeader.read(file, pixelLimit: 10_000).decode(file) } catch { return error }
    return nil
  }

  @Test(arguments: ["gray2_trns.png", "palette8.png", "rgba16_interlaced.png", "rgb_444.jpg", "gray_progressive.jpg"])
  func `no byte that is changed stops the program, and none of a PNG file goes unnoticed`(_ name: String) {
    let file = References.bytes(name)
    for place in stride(from: 0, to: file.count, by: name.hasSuffix("jpg") ? 7 : 1) {
      let error = Self.error(of: changed(file, at: place))
      if name.hasSuffix("png") { #expect(error != nil, "byte \(place)") }
    }
  }

  @Test func `errors say what and where in one line`() throws {
    let path = References.path("cmyk.jpg")
    let error = #expect(throws: DataError.self) { _ = try Image(path) }
    #expect(error?.description == "\(path): CMYK colours are not supported (at byte 96); convert it to RGB")
    let missing = #expect(throws: DataError.self) { _ = try Image("/no/such.png") }
    #expect(missing?.description == "/no/such.png: no such file")
    let folder = #expect(throws: DataError.self) { _ = try Image("/") }
    #expect(folder?.reason == .unreadable("it is a directory"))
  }
}

private typealias Reason = DataError.Reason

// MARK: - PNG

private let gray = References.bytes("gray8.png")
private let palette = References.bytes("palette4.png")

/// An IHDR of these fields.
private func header(
  _ width: UInt32 = 11, _ height: UInt32 = 7, depth: UInt8 = 8, colour: UInt8 = 0, _ rest: [UInt8] = [0, 0, 0]
) -> [UInt8] { bigEndian(width) + bigEndian(height) + [depth, colour] + rest }

private let damagedPNGs: [Damage] = {
  let other = Reason.malformed(found: "other data", expected: "a PNG or JPEG image")
  var damages = [
    Damage("nothing", [], .cutShort(expected: 3, found: 0), at: 0),
    Damage("half a signature", Array(gray.prefix(4)), .cutShort(expected: 8, found: 4), at: 4),
    Damage("a signature alone", Array(gray.prefix(8)), .cutShort(expected: 12, found: 8), at: 8),
    Damage("line ends changed", [0x89, 0x50, 0x4E, 0x47, 0x0A, 0x1A] + gray.dropFirst(8), other, at: 0),
    Damage("text", Array("an image".utf8), other, at: 0),
    Damage("IHDR cut", Array(gray.prefix(20)), .cutShort(expected: 33, found: 20), at: 20),
    Damage("IHDR with another checksum", changed(gray, at: 30), .wrongChecksum(of: "the chunk IHDR"), at: 8),
    Damage(
      "a width that the checksum does not know", changed(gray, at: 19), .wrongChecksum(of: "the chunk IHDR"), at: 8),
    Damage(
      "a name with a digit", changed(gray, at: 37, to: 0x31), .malformed(found: "other data", expected: "a chunk"),
      at: 33),
    Damage("a chunk of 4 GB", changed(gray, at: 33), .malformed(found: "other data", expected: "a chunk"), at: 33),
    Damage(
      "a chunk of 1 GB", changed(gray, at: 33, to: 0x40),
      .cutShort(expected: 0x4000_0000 + 45 + chunks(gray)[1].data.count, found: gray.count), at: gray.count),
    Damage("pixels changed", changed(gray, at: 50), .wrongChecksum(of: "the chunk IDAT"), at: 33),
    Damage(
      "no end", Array(gray.dropLast(12)), .cutShort(expected: gray.count - 8, found: gray.count - 12),
      at: gray.count - 12),
    Damage(
      "half an end", Array(gray.dropLast(6)), .cutShort(expected: gray.count - 4, found: gray.count - 6),
      at: gray.count - 6),
  ]
  for (kind, magic) in [
    ("GIF", "GIF89a"), ("WebP", "RIFF\0\0\0\0WEBP"), ("TIFF", "II*\0"), ("TIFF", "MM\0*"), ("BMP", "BM6"),
  ] {
    damages.append(
      Damage("a file of \(kind)", Array(magic.utf8) + zeros(100), .unsupportedImage("\(kind) files"), at: 0))
  }
  func add(_ what: String, _ parts: [Part], _ reason: Reason, at offset: Int) {
    damages.append(Damage(what, png(parts), reason, at: offset))
  }
  let (first, end) = (Part(name: "IHDR", data: header()), Part(name: "IEND", data: []))
  let pixels = chunks(gray).filter { $0.name == "IDAT" }
  func missingIHDR(_ found: String) -> Reason { .malformed(found: found, expected: "IHDR of 13") }
  add("another chunk first", pixels + [end], missingIHDR("a chunk IDAT of \(pixels[0].data.count) bytes"), at: 8)
  add(
    "an IHDR of 12 bytes", replacing("IHDR", by: header().dropLast(), in: gray),
    missingIHDR("a chunk IHDR of 12 bytes"), at: 8)
  add("no pixels", [first, end], .malformed(found: "the end", expected: "pixels"), at: 33)

  for (depth, colour) in [(3, 0), (0, 0), (8, 1), (8, 7), (4, 2), (16, 3), (2, 4), (1, 6), (32, 0)] as [(UInt8, UInt8)]
  {
    add(
      "\(depth) bits of type \(colour)", replacing("IHDR", by: header(depth: depth, colour: colour), in: gray),
      .malformed(found: "colour type \(colour) with \(depth) bits", expected: "one that PNG has"), at: 24)
  }
  func size(_ width: UInt32, _ height: UInt32, _ reason: Reason) {
    add("\(width) × \(height)", replacing("IHDR", by: header(width, height), in: gray), reason, at: 16)
  }
  for (width, height) in [(0, 7), (11, 0), (0, 0)] as [(UInt32, UInt32)] {
    size(width, height, .malformed(found: "\(width) × \(height) pixels", expected: "an image"))
  }
  for (width, height) in [(20_000, 20_000), (1 << 31, 1), (.max, .max)] as [(UInt32, UInt32)] {
    size(width, height, .tooLarge("\(width) × \(height) pixels, and the limit is 100000000"))
  }
  size(9999, 9999, .tooLarge("9999 × 9999 pixels declared, \(gray.count * 1032) possible in this file"))

  func damaged(_ what: String, _ parts: [Part], _ reason: String) {
    // The place is that of the first chunk of pixels.
    let before = parts.prefix { $0.name != "IDAT" }
    add(what, parts, .damagedImage(reason), at: png(Array(before)).count)
  }
  damaged(
    "another compression", replacing("IHDR", by: header(depth: 8, [1, 0, 0]), in: gray), "invalid compression method")
  damaged(
    "another filter method", replacing("IHDR", by: header(depth: 8, [0, 1, 0]), in: gray), "invalid filter method")
  damaged(
    "another interlacing", replacing("IHDR", by: header(depth: 8, [0, 0, 2]), in: gray), "invalid interlace method")
  damaged("a second IHDR", [first] + chunks(gray), "invalid chunk position")
  damaged(
    "an unknown chunk that matters", [first, Part(name: "ABCD", data: [1])] + pixels + [end], "unknown critical chunk")
  damaged("a palette that lacks", chunks(palette).filter { $0.name != "PLTE" }, "missing PLTE for indexed image")
  damaged("a palette of 5 bytes", replacing("PLTE", by: [1, 2, 3, 4, 5], in: palette), "invalid chunk length")
  damaged("an empty palette", replacing("PLTE", by: [], in: palette), "invalid chunk length")
  for (name, count, expected) in [
    ("gray8", 1, "2"), ("rgb16", 7, "6"), ("palette4", 17, "1 to 16"), ("palette1", 0, "1 to 2"),
  ] {
    let file = References.bytes(name + "_trns.png")
    add(
      "transparency of \(count) bytes in \(name)", replacing("tRNS", by: zeros(count), in: file),
      .malformed(found: "transparency of \(count) bytes", expected: expected),
      at: png(Array(chunks(file).prefix { $0.name != "tRNS" })).count)
  }
  func deflate(_ what: String, _ data: [UInt8], _ reason: String) {
    damaged(what, [first, Part(name: "IDAT", data: data), end], reason)
  }
  let rows = zeros(12 * 7)
  deflate("no compressed bytes", [], "IDAT stream too short")
  deflate("a header of something else", [1, 2, 3, 4], "IDAT stream error")
  deflate("a block that deflate has not", [0x78, 0xDA, 0x07], "IDAT stream error")
  deflate("bytes that end too soon", deflated(rows).dropLast(8), "IDAT stream too short")
  deflate("a row too few", deflated(rows.dropLast(12)), "IDAT stream too short")
  deflate("a filter that PNG has not", deflated(changed(rows, at: 24, to: 5)), "invalid scanline filter")
  return damages
}()

// MARK: - JPEG

private let photo = References.bytes("rgb_444.jpg")

/// The markers of a JPEG file before its pixels, with the places at which they begin.
private func segments(_ file: [UInt8]) -> [(code: UInt8, place: Int, end: Int)] {
  var (result, place): ([(UInt8, Int, Int)], Int) = ([], 2)
  repeat {
    let end = place + 2 + Int(file[place + 2]) << 8 + Int(file[place + 3])
    result.append((file[place + 1], place, end))
    place = end
  } while result.last!.0 != 0xDA
  return result
}

private func segment(_ code: UInt8, in file: [UInt8] = photo) -> Range<Int> {
  let found = segments(file).first { $0.code == code }!
  return found.place..<found.end
}

private let damagedJPEGs: [Damage] = {
  var damages: [Damage] = []
  func add(_ what: String, _ bytes: [UInt8], _ reason: Reason, at offset: Int) {
    damages.append(Damage("JPEG: " + what, bytes, reason, at: offset))
  }
  func without(_ ranges: Range<Int>...) -> [UInt8] {
    photo.indices.filter { place in !ranges.contains { $0.contains(place) } }.map { photo[$0] }
  }
  let (frame, scan) = (segment(0xC0), segment(0xDA))
  let notSegment = Reason.malformed(found: "other data", expected: "a segment")
  add("a start alone", [0xFF, 0xD8], .cutShort(expected: 3, found: 2), at: 2)
  add("two starts", [0xFF, 0xD8] + photo, notSegment, at: 2)
  add("an end at once", [0xFF, 0xD8, 0xFF, 0xD9], notSegment, at: 2)
  add("something between segments", Array(photo[..<20] + [7] + photo[20...]), notSegment, at: 20)
  add("a marker of zero", changed(photo, at: 3, to: 0), notSegment, at: 2)
  add("a segment of no length", changed(changed(photo, at: 4, to: 0), at: 5, to: 1), notSegment, at: 6)
  add(
    "a segment beyond the end", changed(photo, at: 4, to: 0xF0), .cutShort(expected: 4 + 0xF010, found: photo.count),
    at: photo.count)
  add(
    "pixels before their number", without(frame), .malformed(found: "pixels", expected: "their number before them"),
    at: scan.lowerBound - frame.count)
  add(
    "a frame of other channels than it says", changed(photo, at: frame.lowerBound + 9, to: 4),
    .malformed(found: "a frame of 15 bytes", expected: "6, and 3 a channel"), at: frame.lowerBound + 4)
  add(
    "12 bits", changed(photo, at: frame.lowerBound + 4, to: 12), .unsupportedImage("JPEG with 12 bits a sample"),
    at: frame.lowerBound + 4)
  for code in [0xC3, 0xC5, 0xC7, 0xCB, 0xCF] as [UInt8] {
    add(
      "of kind \(code)", changed(photo, at: frame.lowerBound + 1, to: code),
      .unsupportedImage("lossless and hierarchical JPEG"), at: frame.lowerBound)
  }
  let cmyk = References.bytes("cmyk.jpg")
  add("CMYK", cmyk, .unsupportedImage("CMYK colours"), at: segment(0xC0, in: cmyk).lowerBound + 9)
  func size(_ width: UInt16, _ height: UInt16, _ reason: Reason) {
    let place = frame.lowerBound + 5
    let bytes = Array(photo[..<place]) + bigEndian(height) + bigEndian(width) + photo[(place + 4)...]
    add("\(width) × \(height)", bytes, reason, at: place)
  }
  size(0, 18, .malformed(found: "0 × 18 pixels", expected: "an image"))
  size(25, 0, .malformed(found: "25 × 0 pixels", expected: "an image"))
  size(.max, .max, .tooLarge("65535 × 65535 pixels, and the limit is 100000000"))
  size(9999, 9999, .tooLarge("9999 × 9999 pixels declared, \(photo.count * 512) possible in this file"))

  func damaged(_ what: String, _ bytes: [UInt8], _ reason: String) {
    add(what, bytes, .damagedImage(reason), at: segments(bytes).last!.end)
  }
  damaged("no tables of the transform", without(segment(0xDB)), "Quantization table 0x00 was not defined")
  damaged(
    "codes that are too many", changed(photo, at: segment(0xC4).lowerBound + 5, to: 200),
    "Bogus Huffman table definition")
  damaged(
    "two frames", Array(photo[..<frame.upperBound] + photo[frame] + photo[frame.upperBound...]),
    "Invalid JPEG file structure: two SOF markers")
  damaged("a channel of no size", changed(photo, at: frame.lowerBound + 11, to: 0), "Bogus sampling factors")
  damaged("a scan of another channel", changed(photo, at: scan.lowerBound + 5, to: 9), "Invalid component ID 9 in SOS")
  damaged(
    "more rows than there are pixels for", changed(photo, at: frame.lowerBound + 6, to: 60),
    "Corrupt JPEG data: premature end of data segment")
  damaged("pixels cut", Array(photo[..<(scan.upperBound + 40)]), "Premature end of JPEG file")
  damaged("no end", Array(photo.dropLast(2)), "Premature end of JPEG file")
  damaged(
    "a marker among pixels",
    changed(changed(photo, at: scan.upperBound + 30, to: 0xFF), at: scan.upperBound + 31, to: 0xC4),
    "Corrupt JPEG data: premature end of data segment")
  damaged(
    "something before the end", Array(photo.dropLast(2)) + [1, 2, 3, 0xFF, 0xD9],
    "Corrupt JPEG data: 2 extraneous bytes before marker 0xd9")
  let restarting = References.bytes("rgb_restarts.jpg")
  let restart = restarting.indices.first {
    $0 > segment(0xDA, in: restarting).upperBound && restarting[$0] == 0xD0 && restarting[$0 - 1] == 0xFF
  }!
  damaged(
    "another restart", changed(restarting, at: restart, to: 0xD5),
    "Corrupt JPEG data: found marker 0xd5 instead of RST0")
  return damages
}()
