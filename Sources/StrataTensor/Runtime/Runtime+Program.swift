@preconcurrency import Foundation
import Synchronization

// What a program's user sees besides its results.
extension Runtime {
  /// Returns what `body` returns; where it throws, prints the error as the last line on standard error and ends the
  /// program with status 1.
  ///
  /// ```swift
  /// @main struct Train {
  ///   static func main() { Runtime.exitingOnError { try train() } }
  /// }
  /// ```
  ///
  /// An error that leaves `main` or top-level code itself is followed by a backtrace of dozens of lines, which push it off
  /// the screen.
  @discardableResult
  public static func exitingOnError<R>(_ body: () throws -> R) -> R {
    do { return try body() } catch {
      fflush(stdout)
      fputs("error: \(error)\n", stderr)
      exit(1)
    }
  }

  /// Whether the first training of a debug build prints on a terminal that a release build is many times faster.
  ///
  /// At the start true in a debug build and false in a release build or a process that runs tests; false once it is
  /// printed. Set it to false to train in a debug build without the warning.
  public static var warnsOfDebugBuild: Bool {
    get { debugBuildWarning.load(ordering: .relaxed) }
    set { debugBuildWarning.store(newValue, ordering: .relaxed) }
  }

  /// Returns the warning of a debug build where it is due; nil from then on.
  package static func takeDebugBuildWarning() -> String? {
    guard debugBuildWarning.exchange(false, ordering: .relaxed), isDebugBuild else { return nil }
    return "warning: this is a debug build, many times slower than a release build: swift run -c release"
  }

  private static let debugBuildWarning = Atomic<Bool>(
    isDebugBuild && !["xctest", "swiftpm-testing-helper"].contains { CommandLine.arguments[0].contains($0) })
}
