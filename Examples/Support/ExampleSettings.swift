import StrataTensor

/// The settings of an example, which its command line changes.
public protocol ExampleSettings: Sendable {
  /// The defaults.
  init()

  /// What every example has.
  var common: CommonSettings { get set }

  /// The product's name.
  static var program: String { get }

  /// What the example does, in a sentence or two.
  static var summary: String { get }

  /// Whether it reads data and so has `--data DIR`.
  static var readsData: Bool { get }

  /// The options it has besides the common ones.
  static var ownOptions: [Option<Self>] { get }
}

extension ExampleSettings {
  /// Yes: most do.
  public static var readsData: Bool { true }

  /// All options, in the order of the help.
  static var options: [Option<Self>] {
    let defaults = Self().common
    var options: [Option<Self>] = [
      Option("--epochs", "N", "how often to go through the data (\(defaults.epochs))", \.common.epochs) {
        try wholeNumber($0, in: 0...1_000_000)
      },
      Option("--batch", "N", "examples a step (\(defaults.batch))", \.common.batch) {
        try wholeNumber($0, in: 1...1_000_000)
      },
      Option("--lr", "X", "learning rate (\(defaults.learningRate))", \.common.learningRate) {
        try positiveNumber($0)
      },
      Option("--seed", "S", "what weights and shuffling follow from (\(defaults.seed))", \.common.seed) {
        try wholeNumber($0, in: 0...UInt64.max)
      },
      Option("--workers", "N", "threads; any number gives the same result (all cores)", \.common.workers) {
        try wholeNumber($0, in: 1...1024)
      },
    ]
    if readsData {
      let help = "a directory with IDX files under MNIST's names (the bundled digits)"
      options.append(Option("--data", "DIR", help, \.common.data) { try path($0) })
    }
    options += ownOptions
    options += [
      Option("--quiet", "no progress and no report, the result alone", \.common.isQuiet),
      Option("--json", "end with one line of JSON", \.common.printsJSON),
    ]
    return options
  }

  /// The settings that a command line asks for; nil where it asks for help.
  ///
  /// An option's value may follow after a space or after `=`. The last of an option given twice holds.
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
    return settings
  }

  private static func option(named name: String) throws(UsageError) -> Option<Self> {
    if let option = options.first(where: { $0.name == name }) { return option }
    guard name.hasPrefix("-") else {
      throw UsageError("unexpected argument \"\(name)\"; options begin with --")
    }
    let hint =
      nearest(to: name, among: options.map(\.name) + ["--help"]).map { "; did you mean \($0)?" } ?? ""
    throw UsageError("unknown option \(name)\(hint)")
  }

  /// What `--help` prints.
  public static var help: String {
    let entries =
      options.map { (($0.name + " " + ($0.placeholder ?? "")), $0.help) } + [("--help", "this text")]
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
  /// The text with spaces after it up to a width.
  public func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
