import CZlib
import StrataTensor

/// A reader of content from start to end: of a whole file, decompressed if its first two bytes are those of gzip, or of a
/// part of a file that is known to be deflated or not.
package final class ContentReader {
  /// The largest factor by which a deflate stream can expand.
  package static let maximumExpansion = 1032

  /// The size above which compressed content is decompressed once to check it before memory is allocated for it.
  static let uncheckedLimit = 16 << 20

  /// The number of bytes of content read so far.
  private(set) var offset = 0

  /// The CRC-32 of the content read so far, of a part of a file.
  private(set) var checksum: UInt?

  let file: InputFile
  /// The decompressor, on the heap because zlib does not accept a stream that has moved; nil for plain content.
  private let stream: UnsafeMutablePointer<z_stream>?
  private let isGzip: Bool
  /// Where in the file the bytes of the content lie.
  private let extent: Range<Int>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
  /// The position in the file at which the bytes of `input` end.
  private var inputEnd: Int
  private var isBetweenMembers = false

  convenience init(_ file: InputFile) throws(DataError) {
    let magic = UnsafeMutableRawBufferPointer.allocate(byteCount: 2, alignment: 1)
    defer { magic.deallocate() }
    let isGzip = try file.read(into: magic, at: 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b
    self.init(file, 0..<Int.max, windowBits: isGzip ? MAX_WBITS + 16 : nil)
  }

  /// A reader of a part of a file, which is deflated without a header, or plain.
  convenience init(_ file: InputFile, _ extent: Range<Int>, isDeflated: Bool) {
    self.init(file, extent, windowBits: isDeflated ? -MAX_WBITS : nil)
    checksum = 0
  }

  private init(_ file: InputFile, _ extent: Range<Int>, windowBits: Int32?) {
    (self.file, self.extent, inputEnd, isGzip) = (file, extent, extent.lowerBound, windowBits != -MAX_WBITS)
    guard let windowBits else {
      stream = nil
      return
    }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let result = inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    require(result == Z_OK, "zlib cannot start: out of memory, or not the version Strata was built with")
    self.stream = stream
  }

  deinit {
    input.deallocate()
    guard let stream else { return }
    inflateEnd(stream)
    stream.deallocate()
  }

  var isGzipped: Bool { stream != nil }

  /// Reads the next bytes of content that must have `total` bytes.
  func fill(_ buffer: UnsafeMutableRawBufferPointer, of total: Int) throws(DataError) {
    guard try next(buffer) == buffer.count else {
      throw DataError(file.path, .cutShort(expected: total, found: offset), at: offset)
    }
  }

  /// Reads past content up to `end`.
  func skip(to end: Int, of total: Int) throws(DataError) {
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: min(1 << 16, max(0, end - offset)), alignment: 64)
    defer { scratch.deallocate() }
    while offset < end {
      try fill(UnsafeMutableRawBufferPointer(rebasing: scratch[..<min(scratch.count, end - offset)]), of: total)
    }
  }

  /// Throws unless the content ends here. At the end of a gzip file its checksum is compared.
  func expectEnd() throws(DataError) {
    let end = offset
    _ = try [UInt8](count: 1) { buffer throws(DataError) in _ = try next(buffer) }
    guard offset == end else { throw DataError(file.path, .excessBytes(expected: end), at: end) }
  }

  /// Reads the rest of the content, which may be `limit` bytes.
  func readToEnd(limit: Int) throws(DataError) -> [UInt8] {
    var (bytes, count) = ([UInt8](), 0)
    repeat {
      let chunk = try [UInt8](count: 1 << 20) { buffer throws(DataError) in count = try next(buffer) }
      bytes += chunk.prefix(count)
      guard bytes.count <= limit else { throw DataError(file.path, .tooLarge("more than \(limit) bytes"), at: limit) }
    } while count == 1 << 20
    return bytes
  }

  /// Reads the next bytes and returns their number.
  func next(_ buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    let count = try content(buffer)
    if count > 0, let known = checksum {  // without bytes zlib starts again
      checksum = UInt(crc32_z(uLong(known), buffer.assumingMemoryBound(to: UInt8.self).baseAddress, count))
    }
    return count
  }

  /// Does the same without the checksum. Consecutive gzip members form one content.
  private func content(_ buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    let start = offset
    guard let stream else {
      let rest = min(buffer.count, extent.count - start)
      offset += try file.read(
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<rest]), at: extent.lowerBound + start)
      return offset - start
    }
    while offset - start < buffer.count, try hasInput(stream) {
      let filled = offset - start
      let room = min(buffer.count - filled, 1 << 30)
      stream.pointee.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self) + filled
      stream.pointee.avail_out = UInt32(room)
      let result = inflate(stream, Z_NO_FLUSH)
      offset += room - Int(stream.pointee.avail_out)
      guard result == Z_OK || result == Z_STREAM_END else {
        throw damage(stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(result)")
      }
      isBetweenMembers = result == Z_STREAM_END
    }
    return offset - start
  }

  /// Returns whether compressed bytes are left, after reading more if none are buffered.
  private func hasInput(_ stream: UnsafeMutablePointer<z_stream>) throws(DataError) -> Bool {
    if stream.pointee.avail_in == 0 {
      let rest = min(input.count, extent.upperBound - inputEnd)
      let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: input[..<rest]), at: inputEnd)
      inputEnd += count
      stream.pointee.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = UInt32(count)
      if count == 0 {
        guard isBetweenMembers else { throw damage("it ends too soon") }
        return false
      }
    }
    if isBetweenMembers {
      guard isGzip, stream.pointee.next_in.pointee == 0x1f else { throw damage("something else follows its end") }
      inflateReset(stream)
      isBetweenMembers = false
    }
    return true
  }

  private func damage(_ cause: String) -> DataError {
    let place = inputEnd - Int(stream?.pointee.avail_in ?? 0)
    return DataError(file.path, isGzip ? .damagedGzip(cause) : .damagedZip(cause), at: place)
  }
}
