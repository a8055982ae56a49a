import CZlib
import Foundation
import StrataData
import StrataTensor
import Testing

/// Calls `body` with the path of a file with these bytes, in a temporary directory that is removed afterwards.
func withFile<R>(_ bytes: [UInt8], named name: String = "file", _ body: (String) throws -> R) throws -> R {
  try withDirectory { directory in
    try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
    return try body(directory + "/" + name)
  }
}

func withDirectory<R>(_ body: (String) throws -> R) throws -> R {
  let path = NSTemporaryDirectory() + "/strata-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// Does the same for a body that may wait.
func withDirectory<R>(
  isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> R
) async throws -> R {
  let path = NSTemporaryDirectory() + "/strata-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try await body(path)
}

func contents(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

/// A damaged file, and the expected error.
struct Damage: CustomTestStringConvertible, Sendable {
  let what: String
  let bytes: [UInt8]
  let reason: DataError.Reason
  let offset: Int?

  init(_ what: String, _ bytes: [UInt8], _ reason: DataError.Reason, at offset: Int?) {
    (self.what, self.bytes, self.reason, self.offset) = (what, bytes, reason, offset)
  }

  var testDescription: String { what }

  /// Checks that `read` throws exactly this error.
  func expect<R>(from read: (String) throws(DataError) -> R) throws {
    try withFile(bytes) { path in
      let error = #expect(throws: DataError.self) { _ = try read(path) }
      #expect(error?.reason == reason)
      #expect(error?.offset == offset)
      #expect(error?.path == path)
    }
  }
}

// MARK: - IDX

/// An IDX file of big-endian values.
func idx<T: FixedWidthInteger>(type: UInt8 = 8, _ shape: [Int], _ values: [T]) -> [UInt8] {
  [0, 0, type, UInt8(shape.count)] + shape.flatMap { bigEndian(UInt32($0)) } + values.flatMap(bigEndian)
}

/// An IDX file of unsigned bytes that count up from 0.
func idx(_ shape: [Int]) -> [UInt8] {
  idx(shape, (0..<shape.reduce(1, *)).map { UInt8(truncatingIfNeeded: $0) })
}

func bigEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian, Array.init)
}

// MARK: - Safetensors

/// Returns a safetensors file with this header and number of tensor bytes.
func safetensors(_ header: String, _ byteCount: Int = 0) -> [UInt8] {
  safetensors(Array(header.utf8), byteCount)
}

func safetensors(_ header: [UInt8], _ byteCount: Int = 0) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header
    + Array(repeating: 0, count: byteCount)
}

/// A header's entry.
func record(_ name: String, _ shape: String, _ offsets: String, type: String = "F32") -> String {
  #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
}

// MARK: - Gzip

func gzip(_ bytes: [UInt8]) -> [UInt8] { gzip(bytes, repeated: 1) }

/// Returns `bytes`, repeated `times` times and gzipped as one member.
func gzip(_ bytes: [UInt8], repeated count: Int) -> [UInt8] {
  var stream = z_stream()
  return withUnsafeMutablePointer(to: &stream) { stream in
    deflateInit2_(
      stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(stream) }
    var (input, output, result) = (bytes, [UInt8](repeating: 0, count: 1 << 16), [UInt8]())
    for round in 0..<count {
      input.withUnsafeMutableBufferPointer { input in
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(input.count)
        repeat {
          output.withUnsafeMutableBufferPointer { output in
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            deflate(stream, round == count - 1 ? Z_FINISH : Z_NO_FLUSH)
          }
          result += output.prefix(output.count - Int(stream.pointee.avail_out))
        } while stream.pointee.avail_out == 0
      }
    }
    return result
  }
}

// MARK: - Limits

func expectLittleMemory(_ bytes: [UInt8], limit: Int? = nil, _ read: (String) throws -> Void) throws {
  try withFile(bytes) { path in try expectLittleMemory(size: bytes.count, limit: limit) { try read(path) } }
}

/// Creating the file takes memory too, so only the rise of the peak above the memory held before counts.
func expectLittleMemory(size: Int, limit: Int? = nil, _ read: () throws -> Void) throws {
  guard let before = residentBytes("VmRSS"),
    (try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)) != nil
  else { return }
  #expect(throws: DataError.self) { try read() }
  // The address sanitizer delays freeing memory, so the process holds more.
  if dlsym(dlopen(nil, RTLD_LAZY), "__asan_init") != nil { return }
  let rise = residentBytes("VmHWM")! - before
  #expect(
    rise < limit ?? size + (48 << 20), "the peak rose by \(rise / 1_000_000) MB for a file of \(size / 1_000_000) MB")
}

/// A figure of this process as reported by Linux; nil elsewhere.
private func residentBytes(_ field: String) -> Int? {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field + ":") })
  else { return nil }
  return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1024 }
}

#if os(Linux)
  let fileSizeLimit = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
  let fileSizeLimit = RLIMIT_FSIZE
#endif
