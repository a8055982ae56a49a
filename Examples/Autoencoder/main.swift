// An autoencoder whose decoder uses the encoder's weights.
//
//   swift run -c release autoencoder
//   swift run -c release autoencoder --help

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainAutoencoder))
