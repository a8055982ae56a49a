// Takes the first layers of a network that PyTorch has trained on the digits 0 to 4, and learns all ten from few images.
//
//   swift run -c release pytorch-transfer
//   swift run -c release pytorch-transfer --images 50 --save for-pytorch.safetensors

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), transferDigits))
