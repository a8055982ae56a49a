// A perceptron on the rows of a CSV file: a class or a number from the other columns.
//
//   swift run -c release tabular
//   swift run -c release tabular --help

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), runTabular))
