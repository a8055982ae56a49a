import ExampleSupport
import Foundation
import Strata
import Testing

@testable import CharGPT

@Suite(.seeded) struct `char-gpt` {
  private func run(_ arguments: [String]) -> (code: Int32, output: [String], errors: [String]) {
    let (output, errors) = (Lines(), Lines())
    let io = ExampleIO(output: { output.add($0) }, errors: { errors.add($0) })
    let small = [
      "--features", "16", "--heads", "2", "--layers", "1", "--context", "16", "--batch", "8", "--lr", "0.01",
    ]
    let code = runExample(small + arguments, io: io, trainCharGPT)
    return (code, output.all, errors.all.filter { !$0.contains("debug build") })
  }

  private struct Result: Decodable {
    let testBitsPerCharacter, testLoss: Double
    let epochs, steps, parameters: Int
  }

  private func result(_ line: String?) throws -> Result {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Result.self, from: Data(try #require(line).utf8))
  }

  /// Calls `body` with the path of a short text.
  private func withText(_ body: (_ directory: String, _ file: String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.path + "/strata-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let text = String(repeating: "in the beginning was the word, and the word was with\n", count: 60)
    try text.write(toFile: directory + "/text", atomically: true, encoding: .utf8)
    try body(directory, directory + "/text")
  }

  @Test func `learns a text and prints one JSON object`() throws {
    try withText { _, file in
      let (code, output, errors) = run(["--data", file, "--epochs", "3", "--quiet", "--json"])
      #expect(code == 0 && errors.isEmpty && output.count == 1)
      let result = try result(output.last)
      #expect(result.epochs == 3 && result.steps == 3 * 22)
      #expect(result.testBitsPerCharacter < 3)  // log₂ of 19 characters is 4.2
      #expect(abs(result.testBitsPerCharacter - result.testLoss / log(2)) < 1e-9)
    }
  }

  @Test func `goes on from a checkpoint and writes on from a text`() throws {
    try withText { directory, file in
      let options = ["--data", file, "--checkpoint", directory + "/checkpoints", "--json"]
      let trained = run(options + ["--epochs", "1", "--quiet"])
      let prompt = ["--generate", "in the ", "--tokens", "30", "--temperature", "0"]
      let resumed = run(options + ["--epochs", "0", "--resume"] + prompt)
      #expect(resumed.code == 0)
      #expect(try result(resumed.output.last).testLoss == result(trained.output.last).testLoss)
      let text = try #require(resumed.output.first { $0.hasPrefix("\nin the ") })
      #expect(text.count == "\nin the ".count + 30 + 1)
    }
  }

  @Test func `ends after a time`() throws {
    try withText { _, file in
      // No step is done within 60 nanoseconds, so that the first one is the last.
      let (code, output, _) = run(["--data", file, "--minutes", "1e-9", "--quiet", "--json"])
      let steps = try result(output.last).steps
      #expect(code == 0 && steps == 1)
    }
  }

  @Test func `refuses texts that are too short, no texts, and wrong options in one line`() throws {
    try withText { directory, file in
      try "short".write(toFile: directory + "/short", atomically: true, encoding: .utf8)
      for (arguments, code) in [
        (["--data", directory + "/short"], 65), (["--data", directory + "/none"], 65), (["--data", directory], 65),
        (["--heads", "3"], 64), (["--topp", "0"], 64), (["--temperature", "-1"], 64),
      ] {
        let result = run(arguments + ["--quiet"])
        #expect(result.code == code && result.output.isEmpty && result.errors.count == 1, "\(arguments)")
      }
    }
  }
}
