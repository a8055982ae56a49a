// What checkpointing saves of memory and costs in arithmetic, on a deep multilayer perceptron.
//
//   swift run -c release checkpoint-memory
//   swift run -c release checkpoint-memory --depth 32 --batch 512

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), compareStrategies))
