// A small GPT that learns a text character by character, and writes on.
//
//   swift run -c release char-gpt
//   swift run -c release char-gpt --help

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), trainCharGPT))
