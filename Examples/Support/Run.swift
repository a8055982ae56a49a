import Strata
import StrataTensor

/// Runs an example with these arguments and returns the exit code: 0, 64 for a wrong command line, 65 for
/// missing or damaged data, 1 for training that failed, 128 and the signal's number for one that a signal ended. Each
/// failure prints one line.
public func runExample<Settings: ExampleSettings>(
  _ arguments: [String], io: ExampleIO = .standard, _ body: (Settings, ExampleIO) throws -> Void
) -> Int32 {
  do {
    guard let settings = try Settings.parse(arguments) else {
      io.say(Settings.help)
      return 0
    }
    if let warning = Runtime.takeDebugBuildWarning() { io.note("\(warning) \(Settings.program)") }
    if let workers = settings.common.workers { Runtime.workers = workers }
    try body(settings, io)
    return 0
  } catch {
    let reason = "\(error)".split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "; ")
    io.note("\(Settings.program): \(reason)" + (error is UsageError ? " (--help lists all options)" : ""))
    switch (error as? CallbackError)?.underlying ?? error {
    case is UsageError: return 64
    case is DataError, is TableError, is StateError, is InputError: return 65
    case let error as InterruptionError: return 128 + error.signal
    default: return 1
    }
  }
}
