import StrataData

/// The bytes of an image file, or the first of them.
struct ImageBytes {
  let path: String
  let bytes: [UInt8]

  /// The size of the whole file.
  let fileSize: Int
}

extension ImageBytes {
  /// The bytes of a file, and no more than the limit.
  init(_ path: String, limit: Int = .max) throws(DataError) {
    let file = try InputFile(path)
    let count = min(limit, file.size)
    try file.requireMemory(for: count)
    let bytes = try [UInt8](count: count) { buffer throws(DataError) in try file.fill(buffer, at: 0) }
    self.init(path: path, bytes: bytes, fileSize: file.size)
  }

  func error(_ reason: DataError.Reason, at offset: Int, advice: String? = nil) -> DataError {
    DataError(path, reason, at: offset, advice: advice)
  }

  /// Throws if the file ends before this place.
  func requireBytes(to end: Int) throws(DataError) {
    if bytes.count < end { throw error(.cutShort(expected: end, found: bytes.count), at: bytes.count) }
  }

  /// Returns the number in `count` bytes, the highest first.
  func number(_ count: Int, at offset: Int) throws(DataError) -> Int {
    try requireBytes(to: offset + count)
    return bytes[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
  }

  /// Whether the file begins with these bytes, or is cut short in the middle of them.
  func begins(with magic: [UInt8]) -> Bool { bytes.starts(with: magic.prefix(bytes.count)) }

  /// Throws unless an image has pixels, no more than the limit, and no more than the file can hold.
  func requirePixels(_ width: Int, _ height: Int, limit: Int, possible: Int, at offset: Int) throws(DataError) {
    let size = "\(width) × \(height) pixels"
    guard width > 0, height > 0 else {
      throw error(.malformed(found: size, expected: "an image"), at: offset)
    }
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, count <= limit else {
      throw error(
        .tooLarge("\(size), and the limit is \(limit)"), at: offset, advice: "give a larger pixelLimit if it is right")
    }
    guard count <= possible else {
      throw error(.tooLarge("\(size) declared, \(possible) possible in this file"), at: offset)
    }
  }
}
