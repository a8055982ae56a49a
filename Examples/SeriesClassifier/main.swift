// What kind of curve a series is, by an Inception network: three generated shapes, or a data set of the UCR archive.
//
//   swift run -c release series-classifier
//   swift run -c release series-classifier --data GunPoint

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainSeriesClassifier))
