import Foundation

/// A file that grows at its end, piece by piece. Each piece is handed to the system whole, so that a killed program
/// leaves the pieces before it.
package final class LogFile: Sendable {
  private let path: String
  private let descriptor: Int32

  /// Opens a file at its end, or makes it, and the directories before it.
  package init(appendingTo path: String) throws(DataError) {
    self.path = path
    try Self.makeDirectory(of: path)
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  package func append(_ bytes: [UInt8]) throws(DataError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path) }
      rest = rest.dropFirst(count)
    }
  }

  package func append(_ text: String) throws(DataError) { try append(Array(text.utf8)) }

  /// Waits until all that was appended is on the disk.
  package func sync() throws(DataError) { guard fsync(descriptor) == 0 else { throw Self.failure(path) } }

  /// Makes the directories that a file is to be in.
  package static func makeDirectory(of path: String) throws(DataError) {
    let directory = (path as NSString).deletingLastPathComponent
    if directory.isEmpty { return }
    do { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) } catch {
      throw DataError(path, .unwritable("its directory cannot be made: \(error.localizedDescription)"))
    }
  }

  private static func failure(_ path: String) -> DataError {
    DataError(path, .unwritable(String(cString: strerror(errno))))
  }
}
