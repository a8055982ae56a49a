import CZlib
import StrataTensor

/// A reader of a file's content from start to end, which decompresses it if the first two bytes are those of gzip.
final class ContentReader {
  /// The largest factor by which a deflate stream can expand.
  static let maximumExpansion = 1032

  /// The number of bytes of content read so far.
  private(set) var offset = 0

  let file: InputFile
  /// The decompressor, on the heap because zlib does not accept a stream that has moved; nil for a plain file.
  private let stream: UnsafeMutablePointer<z_stream>?
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
  /// The position in the file at which the bytes of `input` end.
  private var inputEnd = 0
  private var isBetweenMembers = false

  init(_ file: InputFile) throws(DataError) {
    self.file = file
    let count = try file.read(into: input, at: 0)
    guard count >= 2, input[0] == 0x1f, input[1] == 0x8b else {
      stream = nil
      return
    }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let (gzipOnly, size) = (Int32(16), Int32(MemoryLayout<z_stream>.size))
    let result = inflateInit2_(stream, MAX_WBITS + gzipOnly, ZLIB_VERSION, size)
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

  /// Throws unless the content ends here. At the end of a gzip file its checksum is compared.
  func expectEnd() throws(DataError) {
    let end = offset
    _ = try [UInt8](count: 1) { buffer throws(DataError) in _ = try next(buffer) }
    guard offset == end else { throw DataError(file.path, .excessBytes(expected: end), at: end) }
  }

  /// Reads the next bytes and returns their number. Consecutive gzip members form one content.
  func next(_ buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    let start = offset
    guard let stream else {
      offset += try file.read(into: buffer, at: start)
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
      let count = try file.read(into: input, at: inputEnd)
      inputEnd += count
      stream.pointee.next_in = input.baseAddress!.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = UInt32(count)
      if count == 0 {
        guard isBetweenMembers else { throw damage("it ends too soon") }
        return false
      }
    }
    if isBetweenMembers {
      guard stream.pointee.next_in.pointee == 0x1f else { throw damage("something else follows its end") }
      inflateReset(stream)
      isBetweenMembers = false
    }
    return true
  }

  private func damage(_ cause: String) -> DataError {
    DataError(file.path, .damagedGzip(cause), at: inputEnd - Int(stream?.pointee.avail_in ?? 0))
  }
}
