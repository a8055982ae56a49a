import Foundation
import StrataTensor

/// Where, if anywhere, a trainer shows how it goes.
public struct ProgressDisplay: Sendable {
  enum Kind: Sendable {
    case silent
    case lines
    /// Lines that overwrite themselves until their epoch ends, of as many columns as `width` says now.
    case terminal(width: @Sendable () -> Int)
  }

  let kind: Kind

  /// Every how many epochs a line is kept.
  private(set) var interval = 1
  let write: @Sendable (String) -> Void

  init(_ kind: Kind, _ write: @escaping @Sendable (String) -> Void) {
    self.kind = kind
    self.write = write
  }

  /// Nothing is shown.
  public static let silent = ProgressDisplay(.silent) { _ in }

  /// The same display with a line for every n-th epoch, and for the last: `.standardError.every(10)`.
  public func every(_ epochs: Int) -> ProgressDisplay {
    require(epochs >= 1, "ProgressDisplay.every: a line every \(epochs) epochs is not possible")
    var display = self
    display.interval = epochs
    return display
  }

  /// A line for each epoch; on a terminal it grows with the epoch, up to ten times a second. Standard output
  /// stays free for results. The first training of a debug build is preceded by a warning on a terminal, unless
  /// `Runtime.warnsOfDebugBuild` is false.
  public static let standardError: ProgressDisplay = {
    let isTerminal =
      isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    return ProgressDisplay(isTerminal ? .terminal(width: terminalWidth) : .lines) { text in
      var text = text
      text.withUTF8 { bytes in _ = Foundation.write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }
  }()

  /// A line for each epoch, given to `write` with its line break.
  public static func lines(to write: @escaping @Sendable (String) -> Void) -> ProgressDisplay {
    ProgressDisplay(.lines, write)
  }

  @Sendable private static func terminalWidth() -> Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
