// A convolutional autoencoder that takes the noise out of images of digits.
//
//   swift run -c release denoise
//   swift run -c release denoise --noise 0.5 --channels 32

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainDenoiser))
