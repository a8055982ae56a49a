// A recurrent network that classifies handwritten digits row by row, from top to bottom.
//
//   swift run -c release row-digits
//   swift run -c release row-digits --help

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainRowDigits))
