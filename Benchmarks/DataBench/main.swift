// Measures how fast data comes in, and how much memory it takes.
//
//   swift run -c release data-bench generate FILE.csv MEGABYTES   writes a table of numbers, categories and texts
//   swift run -c release data-bench csv FILE.csv                  reads it whole
//   swift run -c release data-bench csv-blocks FILE.csv           reads it in blocks, as a source of batches does
//   swift run -c release data-bench arrays DIRECTORY              writes and reads 256 MiB as npz and as safetensors
//   swift run -c release data-bench tokens FILE GIGABYTES         trains from a sparse file of tokens
//   swift run -c release data-bench prefetch DIRECTORY            what a step of mlp-mnist waits for its batch
//   swift run -c release data-bench images SIDE DIRECTORY         what a step of resnet9 waits for images of files
//
// Each prints one JSON object. `make data-bench` runs all, tables side by side with pandas.

import Foundation
import Strata

let arguments = Array(CommandLine.arguments.dropFirst())

func refuse(_ reason: String) -> Never {
  FileHandle.standardError.write(Data("data-bench: \(reason); its first lines list the commands\n".utf8))
  exit(64)
}

func argument(_ index: Int) -> String {
  guard index < arguments.count else { refuse("an argument is missing") }
  return arguments[index]
}

func number(_ index: Int) -> Double {
  guard let number = Double(argument(index)), number > 0 else { refuse("\(argument(index)) is not a positive number") }
  return number
}

func report(_ figures: [(String, Double)]) {
  print("{" + figures.map { "\"\($0)\": \(($1 * 1e4).rounded() / 1e4)" }.joined(separator: ", ") + "}")
}

switch arguments.first {
case "generate": try Tables.generate(argument(1), bytes: Int(number(2) * 1e6))
case "csv": report(try Tables.read(argument(1)))
case "csv-blocks": report(try Tables.readBlocks(argument(1)))
case "arrays": report(try Arrays.measure(in: argument(1)))
case "tokens": report(try Streams.tokens(argument(1), bytes: Int(number(2) * 1e9)))
case "prefetch": report(try Streams.prefetch(in: argument(1)))
case "images": report(try Images.prefetch(side: Int(number(1)), in: argument(2)))
default: refuse("no command \(arguments.first ?? "is given")")
}
