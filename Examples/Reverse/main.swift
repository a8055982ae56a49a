// An encoder–decoder that learns to reverse and to sort sequences of digits.
//
//   swift run -c release reverse
//   swift run -c release reverse --help

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainReverse))
