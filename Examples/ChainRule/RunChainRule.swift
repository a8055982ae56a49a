import ExampleSupport
import Foundation
import Strata

private let help = """
  Prints applications of the chain rule as tables: backpropagation, fan-out, dual numbers, second derivatives.

    swift run -c release chain-rule [--svg FILE]

    --svg FILE  write the graph of the first example as an SVG drawing
    --help      show this help
  """

/// Runs the program with these arguments and returns the exit code: 0, or 64 for a wrong command line.
func runChainRule(_ arguments: [String], _ io: ExampleIO) -> Int32 {
  if arguments.contains("--help") || arguments.contains("-h") {
    io.say(help)
    return 0
  }
  guard arguments.isEmpty || arguments.count == 2 && arguments[0] == "--svg" else {
    io.note("chain-rule: \(arguments.joined(separator: " ")): the only option is --svg FILE (see --help)")
    return 64
  }
  showDerivations(io)
  guard let path = arguments.last else { return 0 }
  do {
    try squaredError().svg.write(toFile: path, atomically: true, encoding: .utf8)
    io.say("The graph of the first example is in \(path).")
    return 0
  } catch {
    io.note("chain-rule: \(path) cannot be written: \(error.localizedDescription)")
    return 1
  }
}
