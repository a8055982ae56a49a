// The effect of depth on the gradient: five stacks of 50 layers, ten sigmoids, and a gain of 1.5.
//
//   swift run -c release vanishing-gradients
//   swift run -c release vanishing-gradients --svg gradients.svg

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), showVanishingGradients))
