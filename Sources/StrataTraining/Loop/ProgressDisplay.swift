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

  /// Curves below the line of a terminal.
  struct Curves: Sendable {
    let rows: Int
    let isColoured: Bool
    /// How many lines the terminal has now.
    let height: @Sendable () -> Int
  }

  /// Nil for none.
  private(set) var curves: Curves?

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

  /// The same display with curves of the losses below the line, drawn in Braille while training goes on, where that is
  /// a terminal of UTF-8 and large enough; elsewhere, as in a pipe or a file, it stays as it is.
  ///
  /// ```swift
  /// trainer.progress = .standardError.withCurves()
  /// ```
  ///
  /// Curves have colours unless the environment has `NO_COLOR`.
  public func withCurves(rows: Int = 8) -> ProgressDisplay {
    require(3...40 ~= rows, "ProgressDisplay.withCurves: curves of \(rows) lines are not possible; give 3 to 40")
    let environment = ProcessInfo.processInfo.environment
    guard Self.hasBraille(environment) else { return self }
    let isColoured = environment["NO_COLOR"]?.isEmpty ?? true
    return withCurves(Curves(rows: rows, isColoured: isColoured) { Int(Self.terminalSize().ws_row) })
  }

  func withCurves(_ curves: Curves) -> ProgressDisplay {
    guard case .terminal = kind else { return self }
    var display = self
    display.curves = curves
    return display
  }

  /// Whether a terminal shows the characters of Braille: by a locale of UTF-8, and not on Linux's console, whose fonts
  /// lack them.
  static func hasBraille(_ environment: [String: String]) -> Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    let encoding = locale.lowercased().replacing("-", with: "")
    return encoding.contains("utf8") && environment["TERM"] != "linux"
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

  @Sendable private static func terminalWidth() -> Int { Int(terminalSize().ws_col) }

  private static func terminalSize() -> winsize {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
    }
    return size
  }
}
