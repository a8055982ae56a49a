// A small convolutional network that classifies handwritten digits.
//
//   swift run -c release conv-digits
//   swift run -c release conv-digits --data data/mnist --epochs 10

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainConvDigits))
