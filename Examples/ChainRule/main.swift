// The chain rule step by step: small examples with all numbers of the forward and the backward pass.
//
//   swift run -c release chain-rule
//   swift run -c release chain-rule --svg graph.svg      also draws the first one

import ExampleSupport
import Foundation

exit(runChainRule(Array(CommandLine.arguments.dropFirst()), .standard))
