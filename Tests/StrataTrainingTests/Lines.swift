import Synchronization

/// What a progress display has written.
final class Lines: Sendable {
  private let text = Mutex("")

  var written: String { text.withLock { $0 } }

  /// Its lines, without the last line break.
  var all: [Substring] { written.split(separator: "\n") }

  @Sendable func write(_ more: String) { text.withLock { $0 += more } }
}
