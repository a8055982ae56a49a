import Foundation
import StrataTensor

/// A regular file open for reading, closed with its last reference.
///
/// Its bytes are copied, not mapped: a mapped file that another process cuts short kills the program.
package final class InputFile: Sendable {
  package let path: String
  package let size: Int
  private let descriptor: Int32

  package init(_ path: String) throws(DataError) {
    self.path = path
    guard !path.utf8.contains(0) else { throw DataError(path, .unreadable("a path cannot contain a byte of zero")) }
    descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)  // without waiting for a pipe's writer
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      let isMissing = errno == ENOENT || errno == ENOTDIR
      throw DataError(path, isMissing ? .missing : .unreadable(String(cString: strerror(errno))))
    }
    size = Int(status.st_size)
    guard status.isRegularFile else { throw DataError(path, .unreadable(status.kind)) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Copies the bytes from `offset` on and returns their number, which is less than `buffer` holds only at the end of
  /// the file.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DataError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = min(buffer.count - done, 1 << 30)
      let count = pread(descriptor, buffer.baseAddress! + done, rest, off_t(offset + done))
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw DataError(path, .unreadable(String(cString: strerror(errno))), at: offset + done)
      }
    }
    return done
  }

  /// Fills the buffer with the bytes from `offset` on; throws if there are fewer.
  package func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DataError) {
    let end = offset + (try read(into: buffer, at: offset))
    guard end == offset + buffer.count else {
      throw DataError(path, .cutShort(expected: offset + buffer.count, found: end), at: end)
    }
  }

  /// Throws if tensors of these shapes exceed the machine's memory, all of one type, or each of that which its numbers have
  /// by default.
  func requireMemory(for layouts: [StoredLayout], as dtype: DType?) throws(DataError) {
    try requireMemory(
      for: layouts.reduce(0) { total, layout in
        let byteCount = layout.shape.count * (dtype ?? layout.type.dtype).byteCount
        let (sum, overflow) = total.addingReportingOverflow(byteCount)
        return overflow ? .max : sum
      })
  }

  /// Throws if tensors of `byteCount` bytes exceed the machine's memory.
  package func requireMemory(for byteCount: Int) throws(DataError) {
    guard byteCount <= ProcessInfo.processInfo.physicalMemory else {
      throw DataError(path, .tooLarge("\(byteCount) bytes of tensors exceed this machine's memory"))
    }
  }
}

extension [UInt8] {
  /// Creates an array of `count` bytes that `fill` initializes.
  package init(count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws(DataError) -> Void) throws(DataError) {
    self.init(repeating: 0, count: count)
    let result = withUnsafeMutableBytes { buffer in Result { () throws(DataError) in try fill(buffer) } }
    try result.get()
  }
}

extension stat {
  var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }

  /// A description of a path that is not a regular file.
  var kind: String { st_mode & S_IFMT == S_IFDIR ? "it is a directory" : "it is a pipe or a device" }
}

/// Returns the product of a shape's lengths and the size of an element, or nil where no `Shape` can have these lengths.
package func byteCount(of lengths: [Int], elementSize: Int) -> Int? {
  var product = 1
  for length in lengths where length != 0 {
    let (next, overflow) = product.multipliedReportingOverflow(by: length)
    if overflow || next > Shape.maximumCount { return nil }
    product = next
  }
  let (byteCount, overflow) = product.multipliedReportingOverflow(by: elementSize)
  return overflow ? nil : lengths.contains(0) ? 0 : byteCount
}
