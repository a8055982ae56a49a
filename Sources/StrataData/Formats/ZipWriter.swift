import CZlib
import StrataTensor

/// A writer of a zip archive. Every size is known before its bytes are written, so that nothing need be corrected later.
struct ZipWriter {
  /// The largest length that a name can have.
  static let maximumNameByteCount = Int(UInt16.max)

  private let file: OutputFile
  private let limit: Int
  private var offset = 0
  private var count = 0
  private var directory: [UInt8] = []

  /// Writes an archive to a file; sizes and places from `limit` on go into fields of 8 bytes.
  init(_ file: OutputFile, limit: Int = Int(UInt32.max)) { (self.file, self.limit) = (file, limit) }

  /// Adds a member whose content is a head and a body.
  mutating func add(
    _ name: String, _ head: [UInt8], _ body: UnsafeRawBufferPointer, isDeflated: Bool
  ) throws(DataError) {
    var checksum = crc32_z(0, head, head.count)
    if let bytes = body.assumingMemoryBound(to: UInt8.self).baseAddress {  // without bytes zlib starts again
      checksum = crc32_z(checksum, bytes, body.count)
    }
    let deflated = isDeflated ? Self.deflated(head, body) : nil
    let size = head.count + body.count
    let compressedSize = deflated?.count ?? size
    let isWide = size >= limit || compressedSize >= limit
    // What both headers have: version, flags with the one for UTF-8, method, the first date there is, and sizes.
    let common =
      little(UInt16(isWide || offset >= limit ? 45 : 20))
      + little(UInt16(name.utf8.allSatisfy { $0 < 0x80 } ? 0 : 1 << 11))
      + little(UInt16(isDeflated ? 8 : 0)) + little(UInt16(0)) + little(UInt16(0x21)) + little(UInt32(checksum))
      + little(isWide ? UInt32.max : UInt32(compressedSize)) + little(isWide ? UInt32.max : UInt32(size))
      + little(UInt16(name.utf8.count))
    let sizes = isWide ? little(UInt64(size)) + little(UInt64(compressedSize)) : []
    let place = offset >= limit ? little(UInt64(offset)) : []
    func extra(_ fields: [UInt8]) -> [UInt8] {
      fields.isEmpty ? [] : little(UInt16(1)) + little(UInt16(fields.count)) + fields
    }
    let (local, central) = (extra(sizes), extra(sizes + place))
    directory += little(UInt32(0x0201_4b50)) + little(UInt16(45)) + common + little(UInt16(central.count))
    directory += [UInt8](repeating: 0, count: 10) + little(offset >= limit ? UInt32.max : UInt32(offset))
    directory += Array(name.utf8) + central
    count += 1
    try append(little(UInt32(0x0403_4b50)) + common + little(UInt16(local.count)) + name.utf8 + local)
    if let deflated { return try append(deflated) }
    try append(head)
    try file.append(body)
    offset += body.count
  }

  /// Writes the directory.
  mutating func finish() throws(DataError) {
    let (start, length) = (offset, directory.count)
    try append(directory)
    let isWide = start >= limit || length >= limit || count >= min(limit, Int(UInt16.max))
    if isWide {
      let place = offset
      try append(little(UInt32(0x0606_4b50)) + little(UInt64(44)) + little(UInt16(45)) + little(UInt16(45)))
      try append(little(UInt64(0)) + little(UInt64(count)) + little(UInt64(count)))
      try append(little(UInt64(length)) + little(UInt64(start)))
      try append(little(UInt32(0x0706_4b50)) + little(UInt32(0)) + little(UInt64(place)) + little(UInt32(1)))
    }
    let number = little(isWide ? UInt16.max : UInt16(count))
    try append(little(UInt32(0x0605_4b50)) + little(UInt32(0)) + number + number)
    try append(little(isWide ? UInt32.max : UInt32(length)) + little(isWide ? UInt32.max : UInt32(start)) + [0, 0])
  }

  private mutating func append(_ bytes: [UInt8]) throws(DataError) {
    try file.append(bytes)
    offset += bytes.count
  }

  /// Returns bytes as a deflate stream without a header.
  private static func deflated(_ head: [UInt8], _ body: UnsafeRawBufferPointer) -> [UInt8] {
    var stream = z_stream()
    return withUnsafeMutablePointer(to: &stream) { stream in
      let result = deflateInit2_(
        stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
      require(result == Z_OK, "zlib cannot start: out of memory, or not the version Strata was built with")
      defer { deflateEnd(stream) }
      var (output, deflated) = ([UInt8](repeating: 0, count: 1 << 16), [UInt8]())
      func add(_ bytes: UnsafeRawBufferPointer, _ flush: Int32) {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
          output.withUnsafeMutableBufferPointer { output in
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            deflate(stream, flush)
          }
          deflated += output.prefix(output.count - Int(stream.pointee.avail_out))
        } while stream.pointee.avail_out == 0
      }
      head.withUnsafeBytes { add($0, Z_NO_FLUSH) }
      for start in stride(from: 0, to: body.count, by: 1 << 30) {
        add(UnsafeRawBufferPointer(rebasing: body[start..<min(body.count, start + 1 << 30)]), Z_NO_FLUSH)
      }
      add(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH)
      return deflated
    }
  }
}
