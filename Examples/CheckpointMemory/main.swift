// The memory that checkpointing saves and the arithmetic that it costs, on a deep multilayer perceptron.
//
//   swift run -c release checkpoint-memory
//   swift run -c release checkpoint-memory --depth 32 --batch 512

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), compareStrategies))
