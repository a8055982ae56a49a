import CSpng
import CZlib
import Foundation
import StrataData

/// Reading and writing of PNG files. https://www.w3.org/TR/png-3
enum PNGFile {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// A part of a file: its length, its name, its data and their checksum.
  private struct Chunk {
    let name: String
    let start: Int
    let length: Int

    var data: Range<Int> { start + 8..<start + 8 + length }
    var end: Int { start + 12 + length }

    /// Whether an image cannot be decoded without knowing what it is.
    var isCritical: Bool { name.first!.isUppercase }

    /// Reads the length and the name of the chunk that begins at `start`.
    init(_ file: ImageBytes, at start: Int) throws(DataError) {
      (self.start, length) = (start, try file.number(4, at: start))
      try file.requireBytes(to: start + 8)
      let name = file.bytes[start + 4..<start + 8]
      guard length < 1 << 31, name.allSatisfy({ 65...90 ~= $0 || 97...122 ~= $0 }) else {
        throw file.error(.malformed(found: "other data", expected: "a chunk"), at: start)
      }
      self.name = String(decoding: name, as: UTF8.self)
    }

    /// Throws if the chunk is cut short, or its checksum is not that of its bytes.
    func check(_ file: ImageBytes) throws(DataError) {
      let expected = try file.number(4, at: data.upperBound)
      let checksum = file.bytes.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress! + start + 4, 4 + length) }
      guard Int(checksum) == expected else { throw file.error(.wrongChecksum(of: "the chunk \(name)"), at: start) }
    }
  }

  /// Reads the chunks before the pixels.
  static func header(of file: ImageBytes, pixelLimit: Int) throws(DataError) -> ImageHeader {
    try file.requireBytes(to: 8)
    let first = try Chunk(file, at: 8)
    guard first.name == "IHDR", first.length == 13 else {
      throw file.error(
        .malformed(found: "a chunk \(first.name) of \(first.length) bytes", expected: "IHDR of 13"), at: 8)
    }
    try first.check(file)
    let (width, height) = (try file.number(4, at: 16), try file.number(4, at: 20))
    let (bitDepth, colourType) = (Int(file.bytes[24]), Int(file.bytes[25]))
    guard var layout = PNGLayout(bitDepth: bitDepth, colourType: colourType) else {
      throw file.error(
        .malformed(found: "colour type \(colourType) with \(bitDepth) bits", expected: "one that PNG has"), at: 24)
    }
    // Deflate cannot expand a byte to more than 1032.
    let possible = file.fileSize * 8 * ContentReader.maximumExpansion / (layout.storedChannels * bitDepth)
    try file.requirePixels(width, height, limit: pixelLimit, possible: possible, at: 16)
    var (orientation, chunk, colours) = (Orientation.upright, first, 0)
    while true {
      chunk = try Chunk(file, at: chunk.end)
      if chunk.name == "IDAT" { break }
      try chunk.check(file)
      switch chunk.name {
      case "eXIf": orientation = Orientation(exif: file.bytes[chunk.data])
      case "PLTE": colours = chunk.length / 3
      case "tRNS" where colourType < 4:
        let isRight = colourType == 3 ? 1...max(1, colours) ~= chunk.length : chunk.length == 2 * layout.storedChannels
        guard isRight else {
          let expected = colourType == 3 ? "1 to \(colours)" : "\(2 * layout.storedChannels)"
          throw file.error(
            .malformed(found: "transparency of \(chunk.length) bytes", expected: expected), at: chunk.start)
        }
        layout.hasTransparency = true
      case "IEND": throw file.error(.malformed(found: "the end", expected: "pixels"), at: chunk.start)
      default: break
      }
    }
    return ImageHeader(
      format: .png(layout), width: width, height: height, channels: layout.channels, orientation: orientation,
      dataStart: chunk.start)
  }

  /// Decodes the pixels after checking every chunk.
  static func decode(_ file: ImageBytes, _ header: ImageHeader, _ layout: PNGLayout) throws(DataError) -> Image {
    // What no pixel depends on does not reach the decoder.
    var (kept, place, isEnd) = (signature, 8, false)
    while !isEnd {
      let chunk = try Chunk(file, at: place)
      try chunk.check(file)
      if chunk.isCritical || chunk.name == "tRNS" { kept += file.bytes[chunk.start..<chunk.end] }
      (place, isEnd) = (chunk.end, chunk.name == "IEND")
    }
    let count = header.width * header.height * header.channels
    func samples<Sample: FixedWidthInteger>(_: Sample.Type) throws(DataError) -> [Sample] {
      var samples = [Sample](repeating: 0, count: count)
      let status = samples.withUnsafeMutableBytes { samples in
        kept.withUnsafeBytes { decode($0, into: samples, layout) }
      }
      guard status == SPNG_OK.rawValue else {
        throw file.error(.damagedImage(String(cString: spng_strerror(status))), at: header.dataStart)
      }
      return samples
    }
    return Image(
      width: header.width, height: header.height, channels: header.channels,
      samples: layout.bitDepth == 16 ? .uint16(try samples(UInt16.self)) : .uint8(try samples(UInt8.self)))
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, into samples: UnsafeMutableRawBufferPointer, _ layout: PNGLayout
  ) -> Int32 {
    let isWide = layout.bitDepth == 16
    // How the decoder is to expand indices, transparency and narrow samples.
    let format: spng_format =
      switch (layout.colourType, layout.hasTransparency) {
      case (0, true): isWide ? SPNG_FMT_GA16 : SPNG_FMT_GA8
      case (0, false) where !isWide: SPNG_FMT_G8
      case (2, true): isWide ? SPNG_FMT_RGBA16 : SPNG_FMT_RGBA8
      case (3, let isTransparent): isTransparent ? SPNG_FMT_RGBA8 : SPNG_FMT_RGB8
      default: SPNG_FMT_PNG
      }
    let flags = layout.hasTransparency ? SPNG_DECODE_TRNS.rawValue : 0
    guard let context = spng_ctx_new(0) else { return SPNG_EMEM.rawValue }
    defer { spng_ctx_free(context) }
    let status = spng_set_png_buffer(context, bytes.baseAddress, bytes.count)
    guard status == SPNG_OK.rawValue else { return status }
    return spng_decode_image(context, samples.baseAddress, samples.count, Int32(format.rawValue), Int32(flags))
  }

  /// Returns the bytes of a file of the image's depth and channels.
  static func encoded(_ image: Image, for path: String) throws(DataError) -> [UInt8] {
    func failure(_ status: Int32) -> DataError {
      DataError(path, .unwritable(String(cString: spng_strerror(status))))
    }
    guard let context = spng_ctx_new(Int32(SPNG_CTX_ENCODER.rawValue)) else { throw failure(SPNG_EMEM.rawValue) }
    defer { spng_ctx_free(context) }
    var header = spng_ihdr()
    (header.width, header.height) = (UInt32(clamping: image.width), UInt32(clamping: image.height))
    (header.bit_depth, header.color_type) = (UInt8(image.bitDepth), [0, 4, 2, 6][image.channels - 1])
    func encode(_ samples: UnsafeRawBufferPointer) -> Int32 {
      spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1)
      let status = spng_set_ihdr(context, &header)
      guard status == SPNG_OK.rawValue else { return status }
      return spng_encode_image(
        context, samples.baseAddress, samples.count, Int32(SPNG_FMT_PNG.rawValue),
        Int32(SPNG_ENCODE_FINALIZE.rawValue))
    }
    var status =
      switch image.samples {
      case .uint8(let samples): samples.withUnsafeBytes(encode)
      case .uint16(let samples): samples.withUnsafeBytes(encode)
      }
    guard status == SPNG_OK.rawValue else { throw failure(status) }
    var count = 0
    guard let bytes = spng_get_png_buffer(context, &count, &status) else { throw failure(status) }
    defer { free(bytes) }
    return Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }
}
