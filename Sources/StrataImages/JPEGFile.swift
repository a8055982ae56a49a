import CTurboJPEG
import StrataData

/// Reading of JPEG files: ITU-T T.81.
enum JPEGFile {
  /// Reads the segments before the pixels.
  static func header(of file: ImageBytes, pixelLimit: Int) throws(DataError) -> ImageHeader {
    var (orientation, frame, place) = (Orientation.upright, nil as (width: Int, height: Int, channels: Int)?, 2)
    while true {
      let code = try marker(of: file, at: &place)
      let length = try file.number(2, at: place)
      let end = place + max(2, length)
      try file.requireBytes(to: end)
      let data = file.bytes[place + 2..<end]
      switch code {
      case 0xC4, 0xC8, 0xCC: break  // tables, and what is reserved
      case 0xC0...0xCF:
        frame = try Self.frame(of: file, code, data, pixelLimit)
      case 0xE1 where data.starts(with: "Exif\0\0".utf8):
        orientation = Orientation(exif: data.dropFirst(6))
      case 0xDA:
        guard let frame else {
          throw file.error(.malformed(found: "pixels", expected: "their number before them"), at: place - 2)
        }
        return ImageHeader(
          format: .jpeg, width: frame.width, height: frame.height, channels: frame.channels, orientation: orientation,
          dataStart: end)
      default: break
      }
      place = end
    }
  }

  /// Returns the code of the marker at a place, which is moved behind it. Any number of bytes 255 may precede it.
  private static func marker(of file: ImageBytes, at place: inout Int) throws(DataError) -> Int {
    let start = place
    while try file.number(1, at: place) == 0xFF { place += 1 }
    let code = try file.number(1, at: place)
    // The others stand alone, among pixels or at the end.
    guard place > start, 0xC0...0xFE ~= code, !(0xD0...0xD9 ~= code) else {
      throw file.error(.malformed(found: "other data", expected: "a segment"), at: start)
    }
    place += 1
    return code
  }

  /// Reads the segment that says how large the image is.
  private static func frame(
    of file: ImageBytes, _ code: Int, _ data: ArraySlice<UInt8>, _ pixelLimit: Int
  ) throws(DataError) -> (width: Int, height: Int, channels: Int) {
    let start = data.startIndex
    guard data.count >= 6, data.count == 6 + 3 * Int(data[start + 5]) else {
      throw file.error(.malformed(found: "a frame of \(data.count) bytes", expected: "6, and 3 a channel"), at: start)
    }
    let (precision, components, isArithmetic) = (Int(data[start]), Int(data[start + 5]), code >= 0xC9)
    guard [0xC0, 0xC1, 0xC2, 0xC9, 0xCA].contains(code) else {
      throw file.error(
        .unsupportedImage("lossless and hierarchical JPEG"), at: start - 4, advice: "convert it to PNG")
    }
    guard precision == 8 else {
      throw file.error(
        .unsupportedImage("JPEG with \(precision) bits a sample"), at: start, advice: "convert it to PNG")
    }
    guard components == 1 || components == 3 else {
      let kind = components == 4 ? "CMYK colours" : "\(components) channels"
      throw file.error(.unsupportedImage(kind), at: start + 5, advice: "convert it to RGB")
    }
    let (height, width) = (try file.number(2, at: start + 1), try file.number(2, at: start + 3))
    // Huffman's codes take a bit or more for each block of 64 pixels; arithmetic coding has no such bound.
    let possible = isArithmetic ? Int.max : file.fileSize * 8 * 64
    try file.requirePixels(width, height, limit: pixelLimit, possible: possible, at: start + 1)
    return (width, height, components)
  }

  /// Decodes the pixels; whatever the decoder warns of is an error.
  static func decode(_ file: ImageBytes, _ header: ImageHeader) throws(DataError) -> Image {
    func failure(_ handle: tjhandle?) -> DataError {
      file.error(.damagedImage(String(cString: tjGetErrorStr2(handle))), at: header.dataStart)
    }
    guard let handle = tjInitDecompress() else { throw failure(nil) }
    defer { tjDestroy(handle) }
    let format = header.channels == 1 ? TJPF_GRAY : TJPF_RGB
    let flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS
    var samples = [UInt8](repeating: 0, count: header.width * header.height * header.channels)
    let status = file.bytes.withUnsafeBufferPointer { bytes in
      tjDecompress2(
        handle, bytes.baseAddress, UInt(bytes.count), &samples, Int32(header.width), 0, Int32(header.height),
        format.rawValue, flags)
    }
    guard status == 0 else { throw failure(handle) }
    return Image(width: header.width, height: header.height, channels: header.channels, samples: .uint8(samples))
  }
}
