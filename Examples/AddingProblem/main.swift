// Why gates are needed: a simple recurrent network and an LSTM on sums over a hundred time steps.
//
//   swift run -c release adding-problem
//   swift run -c release adding-problem --help

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), solveAddingProblem))
