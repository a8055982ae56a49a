// A residual network that classifies images, with augmentation.
//
//   swift run -c release image-classifier
//   swift run -c release image-classifier --data data/mnist --minutes 5 --preview augmented.png

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainImageClassifier))
