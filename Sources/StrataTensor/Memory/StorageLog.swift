/// The storages that some code made, to see which of them outlive it.
///
/// A ``WorkMeter`` tells how many bytes there are, a log whose they are: it knows the storages themselves, and those of
/// its own task alone, so what runs beside it does not disturb it.
package final class StorageLog: Sendable {
  private struct Entry: Sendable {
    weak var storage: Storage?
  }

  private let entries = Lock<[Entry]>([])

  private static let scope = TaskScoped<StorageLog>()

  private init() {}

  /// Runs `body` and notes every storage that it makes on its own thread.
  package static func recording<R>(_ body: () throws -> R) rethrows -> (result: R, log: StorageLog) {
    let log = StorageLog()
    return (try scope.with(log, body), log)
  }

  /// The bytes in memory of the storages that are still alive, those of `excluded` apart.
  package func liveBytes(except excluded: [Tensor] = []) -> Int {
    let excluded = Set(excluded.map { ObjectIdentifier($0.storage) })
    let alive = entries.withLock { $0.compactMap(\.storage) }
    return alive.filter { !excluded.contains(ObjectIdentifier($0)) }.reduce(0) { $0 + $1.residentByteCount }
  }

  @inline(__always)
  static func note(_ storage: Storage) {
    scope.current?.append(storage)
  }

  private func append(_ storage: Storage) { entries.withLock { $0.append(Entry(storage: storage)) } }
}
