import ExampleSupport

/// The command line of `chain-rule`.
struct ChainRuleCommand {
  private(set) var expression: String?
  /// What is written as `name=number`.
  private(set) var values: [String] = []
  private(set) var drawing: String?

  /// - Throws: `UsageError` for an option that it does not have, or lacks its value.
  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--expression", "--svg":
        guard let value = rest.popFirst() else { throw UsageError("\(argument) needs a value (see --help)") }
        if argument == "--svg" { drawing = value } else { expression = value }
      case let value where !value.hasPrefix("-"): values.append(value)
      default: throw UsageError("\(argument) is not an option: there are --expression and --svg (see --help)")
      }
    }
    guard expression != nil || values.isEmpty else {
      throw UsageError("\(values[0]): values belong to an --expression (see --help)")
    }
  }
}
