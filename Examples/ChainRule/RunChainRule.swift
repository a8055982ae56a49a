import ExampleSupport
import Foundation
import Strata

private let help = """
  Prints applications of the chain rule as tables: backpropagation, fan-out, dual numbers, second derivatives.

    swift run -c release chain-rule [--svg FILE]
    swift run -c release chain-rule --expression "(w*x + b - y)^2" w=2 x=3 b=1 y=8 [--svg FILE]

    --expression TEXT NAME=NUMBER…
                both passes of your own expression: + - * / ^, parentheses,
                \(ExampleSupport.Expression.functions.keys.sorted().joined(separator: ", "))
    --svg FILE  write the graph as an SVG drawing: of the first example, or of the expression (chain-rule.svg)
    --help      show this help
  """

/// Runs the program with these arguments and returns the exit code: 0, 1 where the drawing cannot be written, 64 for a
/// wrong command line.
func runChainRule(_ arguments: [String], _ io: ExampleIO) -> Int32 {
  if arguments.contains("--help") || arguments.contains("-h") {
    io.say(help)
    return 0
  }
  do {
    let command = try ChainRuleCommand(arguments)
    guard let expression = command.expression else {
      showDerivations(io)
      return try command.drawing.map { try draw(squaredError(), "the first example", $0, io) } ?? 0
    }
    let trace = try ExpressionParser.parse(expression).trace(at: command.values)
    io.say("\(trace)\n")
    return try draw(trace, "the expression", command.drawing ?? "chain-rule.svg", io)
  } catch {
    io.note("chain-rule: \(error)")
    return 64
  }
}

private func draw(_ trace: Trace, _ name: String, _ path: String, _ io: ExampleIO) throws -> Int32 {
  do {
    try trace.svg.write(toFile: path, atomically: true, encoding: .utf8)
    io.say("The graph of \(name) is in \(path).")
    return 0
  } catch {
    io.note("chain-rule: \(path) cannot be written: \(error.localizedDescription)")
    return 1
  }
}
