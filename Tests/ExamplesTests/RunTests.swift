import ExampleSupport
import Foundation
import Strata
import Synchronization
import Testing

@testable import MNIST

/// Runs of `mnist` in this process.
@Suite(.seeded) struct RunTests {
  private func run(_ arguments: String...) -> (code: Int32, output: [String], errors: [String]) {
    let (output, errors) = (Lines(), Lines())
    let io = ExampleIO(output: { output.add($0) }, errors: { errors.add($0) })
    let code = runExample(arguments, io: io, trainMNIST)
    // Ignores the note that a debug build is slow.
    return (code, output.all, errors.all.filter { !$0.contains("debug build") })
  }

  private struct Result: Decodable {
    let testAccuracy, testLoss, trainSeconds: Double
    let epochs, parameters, seed: Int
  }

  private func result(_ line: String?) throws -> Result {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Result.self, from: Data(try #require(line).utf8))
  }

  @Test func `it learns the bundled digits and prints one JSON object`() throws {
    let (code, output, errors) = run("--quiet", "--json", "--epochs", "3", "--hidden", "16", "--lr", "0.01")
    #expect(code == 0)
    #expect(errors.isEmpty)
    #expect(output.count == 1)
    let result = try result(output.last)
    #expect(result.testAccuracy > 0.8)
    #expect(result.testLoss < 1)
    #expect(result.trainSeconds > 0)
    #expect(result.epochs == 3)
    #expect(result.parameters == 64 * 16 + 16 + 16 * 10 + 10)
  }

  @Test func `the report comes before the JSON`() throws {
    let report = ExampleIO(output: { _ in }, errors: { _ in })
    #expect(runExample(["--help"], io: report, trainMNIST) == 0)
    let output = run("--json", "--epochs", "0", "--hidden", "4").output
    let text = output.dropLast().joined(separator: "\n")
    for part in ["1437 training images", "Linear(64, 4)", "actual", "read as", "Next:", "Test accuracy"] {
      #expect(text.contains(part), "\(part)")
    }
    _ = try result(output.last)
  }

  @Test func `a page about the run has its result`() throws {
    let file = FileManager.default.temporaryDirectory.path + "/strata-\(UUID().uuidString).html"
    defer { try? FileManager.default.removeItem(atPath: file) }
    let run = run("--quiet", "--json", "--epochs", "1", "--hidden", "8", "--lr", "0.01", "--report", file)
    let page = try String(contentsOfFile: file, encoding: .utf8)
    let right = Int((try result(run.output.last).testAccuracy * 360).rounded())
    #expect(page.contains("\(right) of 360 predictions on 360 examples are right"))
    #expect(page.contains("data:image/png;base64,") && page.contains("Finished"))
  }

  @Test func `what was saved is loaded again`() throws {
    let file = FileManager.default.temporaryDirectory.path + "/strata-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: file) }
    let saved = run("--quiet", "--json", "--epochs", "1", "--hidden", "8", "--save", file)
    let loaded = run("--quiet", "--json", "--epochs", "0", "--hidden", "8", "--seed", "9", "--load", file)
    #expect(try result(saved.output.last).testLoss == result(loaded.output.last).testLoss)

    let other = run("--quiet", "--hidden", "9", "--load", file)
    #expect(other.code == 65)
    #expect(other.errors.count == 1)
    #expect(other.errors[0].contains("1.weight: the model has shape [64, 9], the state [64, 8]"))
    #expect(other.errors[0].contains("options must be those that the file was saved with"))
  }

  @Test func `a wrong command line is one line and code 64`() {
    let (code, output, errors) = run("--epoch", "3")
    #expect(code == 64)
    #expect(output.isEmpty)
    #expect(
      errors == ["mnist: unknown option --epoch; did you mean --epochs? (--help lists all options)"])
  }

  @Test func `missing data and damaged weights are one line and code 65`() {
    for arguments in [("--data", "/no/such/place"), ("--load", #filePath), ("--load", "/no/such/file")] {
      let (code, output, errors) = run("--quiet", arguments.0, arguments.1)
      #expect(code == 65)
      #expect(output.isEmpty)
      #expect(errors.count == 1)
      #expect(errors[0].hasPrefix("mnist: \(arguments.1)"))
    }
  }
}

/// Collected lines of output.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func add(_ line: String) { lines.withLock { $0.append(line) } }
}
