import Foundation

/// The time and memory that this process takes.
enum Clock {
  /// Returns the seconds that `body` takes, by the clock and of all cores, and its result.
  static func measure<Result>(_ body: () throws -> Result) rethrows -> (seconds: Double, cores: Double, Result) {
    let (start, startCores) = (ContinuousClock.now, coreSeconds)
    let result = try body()
    return ((ContinuousClock.now - start) / .seconds(1), coreSeconds - startCores, result)
  }

  private static var coreSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The resident memory of this process in MiB by a line of Linux's status file; NaN elsewhere.
  ///
  /// - Parameter line: `VmRSS` is the present memory, `VmHWM` the peak.
  static func memory(_ line: String) -> Double {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return .nan }
    let found = status.split(separator: "\n").first { $0.hasPrefix(line + ":") }
    return found?.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 / 1024 } ?? .nan
  }
}
