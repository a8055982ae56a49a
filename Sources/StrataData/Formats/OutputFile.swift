import Foundation

/// A file being written beside the one it will replace, which stays unchanged until ``commit()``.
package final class OutputFile {
  private let path: String
  /// `path`, or the target of its link.
  private let target: String
  private let temporary: String
  private var descriptor: Int32

  package init(replacing path: String) throws(DataError) {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let name = ".strata-\(getpid())-" + String(UInt64.random(in: 0 ... .max), radix: 16)
    self.path = path
    target = url.path
    temporary = url.deletingLastPathComponent().appendingPathComponent(name).path
    descriptor = -1

    var old = stat()
    let isReplacing = stat(target, &old) == 0
    if isReplacing {
      guard old.isRegularFile else { throw DataError(path, .unwritable(old.kind)) }
      guard access(target, W_OK) == 0 else { throw Self.failure(path) }
    }
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
    if isReplacing {
      _ = fchown(descriptor, old.st_uid, old.st_gid)  // only permitted to root, and optional
      guard fchmod(descriptor, old.st_mode & 0o777) == 0 else { throw Self.failure(path) }
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
  }

  package func append(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
    var done = 0
    while done < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + done, min(bytes.count - done, 1 << 30))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(path) }
      done += count
    }
  }

  package func append(_ bytes: [UInt8]) throws(DataError) {
    let result = bytes.withUnsafeBytes { bytes in Result { () throws(DataError) in try append(bytes) } }
    try result.get()
  }

  /// Moves the file into place after its bytes are synced to the disk.
  package func commit() throws(DataError) {
    guard fsync(descriptor) == 0, rename(temporary, target) == 0 else { throw Self.failure(path) }
    close(descriptor)
    descriptor = -1
    // Makes the new name durable. Not every file system supports this; the content is safe under either name.
    let directory = open((target as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  private static func failure(_ path: String) -> DataError {
    DataError(path, .unwritable(String(cString: strerror(errno))))
  }
}
