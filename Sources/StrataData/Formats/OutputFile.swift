import Foundation

/// A file being written beside the one it will replace, which stays unchanged until ``commit()``.
///
/// It is locked until then: a file of this kind that nobody has locked was left by a process that was killed.
package final class OutputFile {
  private let path: String
  private let target: String
  private var temporary = ""
  private var descriptor: Int32 = -1

  package init(replacing path: String) throws(DataError) {
    self.path = path
    target = try Self.target(of: path)
    var old = stat()
    let isReplacing = stat(target, &old) == 0
    guard isReplacing || errno == ENOENT else { throw Self.failure(path) }
    if isReplacing {
      guard old.isRegularFile else { throw DataError(path, .unwritable(old.kind)) }
      guard access(target, W_OK) == 0 else { throw Self.failure(path) }
    }
    Self.removeLeftovers(in: Self.directory(of: target))
    try createTemporary(mode: isReplacing ? 0o600 : 0o666)
    if isReplacing {
      // Only root can give a file to another owner, and a member to a group; neither is needed.
      if fchown(descriptor, old.st_uid, old.st_gid) != 0 { _ = fchown(descriptor, .max, old.st_gid) }
      guard fchmod(descriptor, old.st_mode & 0o777) == 0 else { throw Self.failure(path) }
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    unlink(temporary)
    close(descriptor)
  }

  package func append(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
    var done = 0
    while done < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + done, min(bytes.count - done, 1 << 30))
      if count < 0, errno == EINTR { continue }
      if count == 0 { errno = ENOSPC }
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
    close(descriptor)  // whose error means nothing after the sync
    descriptor = -1
    // Makes the new name durable. Not every file system supports this; the content is safe under either name.
    let directory = open(Self.directory(of: target), O_RDONLY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  private static func failure(_ path: String) -> DataError {
    DataError(path, .unwritable(String(cString: strerror(errno))))
  }
}

// MARK: - Places

extension OutputFile {
  /// Returns the path of the file that the system would write to: links are followed, and `..` is left to the system.
  package static func target(of path: String) throws(DataError) -> String {
    guard !path.utf8.contains(0) else { throw DataError(path, .unwritable("a path cannot contain a byte of zero")) }
    var target = path
    for _ in 0..<40 {  // as many links as Linux follows
      var status = stat()
      if ["", ".", ".."].contains(target[directoryEnd(of: target)...]) {
        throw stat(target, &status) == 0 ? DataError(path, .unwritable(status.kind)) : failure(path)
      }
      guard lstat(target, &status) == 0 || errno == ENOENT else { throw failure(path) }
      guard status.st_mode & S_IFMT == S_IFLNK else { return target }
      var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let count = bytes.withUnsafeMutableBytes { readlink(target, $0.baseAddress!, $0.count) }
      guard count >= 0 else { throw failure(path) }
      guard let link = String(validating: bytes.prefix(count), as: UTF8.self) else {
        throw DataError(path, .unwritable("it links to a name that is not UTF-8"))
      }
      target = link.utf8.first == UInt8(ascii: "/") ? link : target[..<directoryEnd(of: target)] + link
    }
    errno = ELOOP
    throw failure(path)
  }

  /// Returns the directory of a path, as the system takes it.
  package static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The end of the last slash. A slash and an accent after it are one character, but two bytes to the system.
  private static func directoryEnd(of path: String) -> String.Index {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map(path.utf8.index(after:)) ?? path.startIndex
  }
}

// MARK: - Temporary files

extension OutputFile {
  private static let prefix = ".strata-"

  /// Creates the file with a name that is free, and locks it, where the file system has locks.
  private func createTemporary(mode: mode_t) throws(DataError) {
    while descriptor < 0 {
      let name = "\(Self.prefix)\(getpid())-" + String(UInt64.random(in: 0 ... .max), radix: 16)
      temporary = Self.directory(of: target) + "/" + name
      descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
      guard descriptor >= 0 else { throw Self.failure(path) }
      // Between the two calls another process may have taken it for a leftover.
      var status = stat()
      let isLost = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
      if isLost || fstat(descriptor, &status) == 0 && status.st_nlink == 0 {
        close(descriptor)
        descriptor = -1
      }
    }
  }

  /// Removes the files of killed processes from a directory. That its lock is free shows that no process is writing one,
  /// and its name which process it was: an earlier version, or another machine, may have no locks.
  private static func removeLeftovers(in directory: String) {
    guard let stream = opendir(directory) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      // The entry ends with its name, so it cannot be copied as a whole.
      let text = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
      let name = String(cString: text.assumingMemoryBound(to: CChar.self))
      guard name.hasPrefix(prefix) else { continue }
      let parts = name.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 2, let process = pid_t(parts[0]), process > 0, UInt64(parts[1], radix: 16) != nil,
        process == getpid() || kill(process, 0) != 0 && errno == ESRCH
      else { continue }
      let path = directory + "/" + name
      let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var status = stat()
      if fstat(descriptor, &status) == 0, status.isRegularFile, flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        unlink(path)
      }
    }
  }
}
