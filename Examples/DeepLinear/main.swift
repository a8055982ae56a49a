// The training of a product of many matrices: Gaussian against orthogonal factors.
//
//   swift run -c release deep-linear
//   swift run -c release deep-linear --depth 64

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainDeepLinear))
