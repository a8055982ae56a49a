import CZlib
import StrataTensor

/// Pictures as PNG files, for pages and logs.
package enum PNG {
  /// Returns a picture of 8 bits a channel, compressed by zlib: grey for one channel, colours for three.
  ///
  /// Rows have no filter, which suits the small pictures of logs. https://www.w3.org/TR/png-3
  package static func encoded(_ pixels: [UInt8], width: Int, height: Int, channels: Int) -> [UInt8] {
    var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    func bigEndian(_ number: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(number).bigEndian) { Array($0) } }
    func add(_ kind: String, _ data: [UInt8]) {
      let body = Array(kind.utf8) + data
      file += bigEndian(data.count) + body + bigEndian(Int(crc32(0, body, uInt(body.count))))
    }
    let (bitDepth, colourType) = (UInt8(8), UInt8(channels == 1 ? 0 : 2))
    add("IHDR", bigEndian(width) + bigEndian(height) + [bitDepth, colourType, 0, 0, 0])
    var rows: [UInt8] = []
    rows.reserveCapacity(pixels.count + height)
    for row in 0..<height {
      rows.append(0)
      rows += pixels[row * width * channels..<(row + 1) * width * channels]
    }
    var compressed = [UInt8](repeating: 0, count: Int(compressBound(uLong(rows.count))))
    var count = uLong(compressed.count)
    let result = compress2(&compressed, &count, rows, uLong(rows.count), 6)
    precondition(result == Z_OK, "compressBound is too small")
    add("IDAT", Array(compressed.prefix(Int(count))))
    add("IEND", [])
    return file
  }

  /// Returns an image `[H, W]`, `[1, H, W]` or `[3, H, W]` of values 0…1; what lies outside is cut off, NaN is 0.
  package static func encoded(_ image: Tensor) -> [UInt8] {
    let shape = image.shape.lengths
    let (height, width) = (shape[shape.count - 2], shape[shape.count - 1])
    let channels = shape.count == 3 ? shape[0] : 1
    let values = image.elements(as: Float.self)
    var pixels = [UInt8](repeating: 0, count: values.count)
    for index in values.indices {
      let (channel, place) = index.quotientAndRemainder(dividingBy: height * width)
      let value = values[index]
      pixels[place * channels + channel] = UInt8((max(0, min(1, value.isNaN ? 0 : value)) * 255).rounded())
    }
    return encoded(pixels, width: width, height: height, channels: channels)
  }
}
