// Models that know more or less of the order of a signal, on ten shapes in noise.
//
//   swift run -c release mnist-1d --model cnn
//   swift run -c release mnist-1d --model gru --shuffled

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainMNIST1D))
