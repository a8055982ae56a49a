import Foundation
import Synchronization

/// A file without a name that holds what does not fit in memory; its space is free again when the last holder
/// lets go, and when the program ends for whatever reason.
package final class SpillFile: Sendable {
  private let descriptor: Int32
  private let directory: String
  private let end = Atomic(0)
  private let error = Lock<SpillError?>(nil)

  /// An empty file in a directory; by default in that for temporary files, which `TMPDIR` names.
  package init(in directory: String? = nil) throws(SpillError) {
    let directory = directory ?? FileManager.default.temporaryDirectory.path
    self.directory = directory
    var template = Array((directory + "/strata-XXXXXX").utf8CString)
    descriptor = mkstemp(&template)
    if descriptor < 0 { throw SpillError(operation: .make, directory: directory, code: errno) }
    unlink(template)
  }

  deinit { close(descriptor) }

  /// The first failure of any call.
  package var failure: SpillError? { error.withLock { $0 } }

  /// Writes bytes behind those that are there and returns where they begin; nil where it failed.
  package func append(_ bytes: UnsafeRawBufferPointer) -> Int? {
    let offset = end.add(bytes.count, ordering: .relaxed).oldValue
    let isDone = transfer(.write, bytes.count) { done in
      pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
    }
    return isDone ? offset : nil
  }

  /// Fills `bytes` from the file; false where it failed.
  package func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
    transfer(.read, bytes.count) { done in
      pread(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
    }
  }

  /// Repeats a call until it has moved all bytes.
  private func transfer(_ operation: SpillError.Operation, _ count: Int, _ move: (_ done: Int) -> Int) -> Bool {
    var done = 0
    while done < count {
      let moved = move(done)
      if moved < 0 && errno == EINTR { continue }
      if moved <= 0 {
        let failure = SpillError(operation: operation, directory: directory, code: moved < 0 ? errno : EIO)
        error.withLock { $0 = $0 ?? failure }
        return false
      }
      done += moved
    }
    return true
  }
}
