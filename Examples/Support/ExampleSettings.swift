import StrataTensor

/// The command-line settings of an example.
public protocol ExampleSettings: Sendable {
  /// The defaults.
  init()

  /// The settings that all examples share.
  var common: CommonSettings { get set }

  /// The name of the program.
  static var program: String { get }

  /// A description of the example in a sentence or two.
  static var summary: String { get }

  /// Whether it reads data and has the option `--data DIR`.
  static var readsData: Bool { get }

  /// Whether it trains by a `Trainer` and has the options `--log`, `--report`, `--digest`, `--checkpoint` and `--resume`.
  static var usesTrainer: Bool { get }

  /// The options in addition to the common ones.
  static var ownOptions: [Option<Self>] { get }
}

extension ExampleSettings {
  /// True, as for most examples.
  public static var readsData: Bool { true }

  /// True, as for most examples.
  public static var usesTrainer: Bool { true }

  /// All options, in the order of the help.
  static var options: [Option<Self>] {
    let defaults = Self().common
    var options: [Option<Self>] = [
      Option("--epochs", "N", "training epochs (\(defaults.epochs))", \.common.epochs) {
        try wholeNumber($0, in: 0...1_000_000)
      },
      Option("--batch", "N", "examples per step (\(defaults.batch))", \.common.batch) {
        try wholeNumber($0, in: 1...1_000_000)
      },
      Option("--lr", "X", "learning rate (\(defaults.learningRate))", \.common.learningRate) {
        try positiveNumber($0)
      },
      Option("--seed", "S", "seed of weights and shuffling (\(defaults.seed))", \.common.seed) {
        try wholeNumber($0, in: 0...UInt64.max)
      },
      Option("--workers", "N", "threads; any number gives the same result (all cores)", \.common.workers) {
        try wholeNumber($0, in: 1...1024)
      },
    ]
    if readsData {
      let help = "directory of IDX files with the names of MNIST (the bundled digits)"
      options.append(Option("--data", "DIR", help, \.common.data) { try path($0) })
    }
    options += ownOptions
    if usesTrainer {
      let help = "directory for the run's log: tables, JSON lines, curves for TensorBoard"
      options += [
        Option("--log", "DIR", help, \.common.log) { try path($0) },
        Option("--report", "FILE", "page about the run for a browser, written as it goes on", \.common.report) {
          try path($0)
        },
        Option("--digest", "FILE", "digests of every step, by which compare-runs compares two runs", \.common.digest) {
          try path($0)
        },
        Option("--checkpoint", "DIR", "directory to keep checkpoints in, every 20 steps", \.common.checkpoint) {
          try path($0)
        },
        Option("--resume", "go on from the last checkpoint", \.common.resumes),
      ]
    }
    options += [
      Option("--quiet", "print only the result, without progress or report", \.common.isQuiet),
      Option("--json", "print one line of JSON at the end", \.common.printsJSON),
    ]
    return options
  }

  /// Returns the settings of a command line; nil if it asks for help.
  ///
  /// The value of an option follows a space or `=`. If an option is given twice, the last value is used.
  public static func parse(_ arguments: [String]) throws(UsageError) -> Self? {
    if arguments.contains("--help") || arguments.contains("-h") { return nil }
    var settings = Self()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let option = try option(named: parts[0])
      var value = parts.count == 2 ? parts[1] : nil
      if option.placeholder == nil {
        if value != nil { throw UsageError("\(option.name) takes no value") }
      } else {
        value = value ?? rest.popFirst()
        if value == nil {
          throw UsageError("\(option.name) needs a value: \(option.name) \(option.placeholder!)")
        }
      }
      do { try option.apply(&settings, value ?? "") } catch { throw UsageError("\(option.name) \(error)") }
    }
    if settings.common.resumes, settings.common.checkpoint == nil {
      throw UsageError("--resume needs the directory of the checkpoints: --checkpoint DIR")
    }
    return settings
  }

  private static func option(named name: String) throws(UsageError) -> Option<Self> {
    if let option = options.first(where: { $0.name == name }) { return option }
    guard name.hasPrefix("-") else {
      throw UsageError("unexpected argument \"\(name)\"; options begin with --")
    }
    // Without the dashes, which would make any two names alike.
    let names = (options.map(\.name) + ["--help"]).map { String($0.dropFirst(2)) }
    let hint = nearest(to: String(name.drop { $0 == "-" }), among: names).map { "; did you mean --\($0)?" } ?? ""
    throw UsageError("unknown option \(name)\(hint)")
  }

  /// The text of `--help`.
  public static var help: String {
    let entries =
      options.map { (($0.name + " " + ($0.placeholder ?? "")), $0.help) } + [("--help", "show this help")]
    let width = entries.map(\.0.count).max()!
    let lines = entries.map { "  " + $0.padding(to: width) + "  " + $1 }
    return """
      \(summary)

        swift run -c release \(program) [options]

      \(lines.joined(separator: "\n"))
      """
  }
}

extension String {
  /// Returns the text padded with spaces to a width.
  public func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
