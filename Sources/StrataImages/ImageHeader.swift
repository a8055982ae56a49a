import StrataData
import StrataLayers

/// What an image file declares before its pixels.
struct ImageHeader: Sendable {
  enum Format: Sendable {
    case png(PNGLayout)
    case jpeg
  }

  let format: Format

  /// The width as it is stored.
  let width: Int

  /// The height as it is stored.
  let height: Int

  /// The number of channels of the decoded image.
  let channels: Int

  let orientation: Orientation

  /// Where the compressed pixels begin.
  let dataStart: Int

  /// The height and width of the upright image.
  var size: Size2D { orientation.swapsAxes ? Size2D(width, height) : Size2D(height, width) }

  /// Reads the header of a file, and no more than its first bytes where they suffice.
  static func read(_ path: String, pixelLimit: Int) throws(DataError) -> ImageHeader {
    let start = try ImageBytes(path, limit: 1 << 16)
    do {
      return try read(start, pixelLimit: pixelLimit)
    } catch {
      guard case .cutShort = error.reason, start.bytes.count < start.fileSize else { throw error }
      return try read(ImageBytes(path), pixelLimit: pixelLimit)
    }
  }

  /// Reads the header of a file, whose kind its first bytes say.
  static func read(_ file: ImageBytes, pixelLimit: Int) throws(DataError) -> ImageHeader {
    if file.begins(with: [0xFF, 0xD8]) { return try JPEGFile.header(of: file, pixelLimit: pixelLimit) }
    if file.begins(with: PNGFile.signature) { return try PNGFile.header(of: file, pixelLimit: pixelLimit) }
    for (name, magic) in [("GIF", "GIF8"), ("WebP", "RIFF"), ("TIFF", "II*\0"), ("TIFF", "MM\0*"), ("BMP", "BM")]
    where file.bytes.starts(with: magic.utf8) {
      throw file.error(.unsupportedImage("\(name) files"), at: 0, advice: "convert it to PNG")
    }
    throw file.error(.malformed(found: "other data", expected: "a PNG or JPEG image"), at: 0)
  }

  /// Returns the pixels, upright.
  func decode(_ file: ImageBytes) throws(DataError) -> Image {
    switch format {
    case .png(let layout): try PNGFile.decode(file, self, layout).turned(orientation)
    case .jpeg: try JPEGFile.decode(file, self).turned(orientation)
    }
  }
}
