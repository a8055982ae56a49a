// A multilayer perceptron that classifies handwritten digits.
//
//   swift run -c release mnist
//   swift run -c release mnist --help

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainMNIST))
