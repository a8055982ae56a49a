// The cost of a chain of matrices, from its inputs forward and from the loss backward, counted and timed.
//
//   swift run -c release chain-cost
//   swift run -c release chain-cost --factors 100

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), compareModes))
