import ExampleSupport
import Strata
import Synchronization
import Testing

@testable import ConvDigits

/// Runs of `conv-digits` in this process.
@Suite(.seeded) struct ConvDigitsTests {
  private func run(_ arguments: String...) -> (code: Int32, output: [String], errors: [String]) {
    let lines = Mutex<(output: [String], errors: [String])>(([], []))
    let io = ExampleIO(
      output: { line in lines.withLock { $0.output.append(line) } },
      errors: { line in lines.withLock { $0.errors.append(line) } })
    let code = runExample(arguments, io: io, trainConvDigits)
    return lines.withLock { (code, $0.output, $0.errors.filter { !$0.contains("debug build") }) }
  }

  @Test func `it learns the bundled digits and prints one JSON object`() throws {
    let (code, output, errors) = run("--quiet", "--json", "--epochs", "2", "--channels", "4", "--lr", "0.01")
    #expect(code == 0 && errors.isEmpty && output.count == 1)
    let text = try #require(output.first)
    #expect(text.hasPrefix("{\"test_accuracy\":0.8") || text.hasPrefix("{\"test_accuracy\":0.9"), "\(text)")
    #expect(text.contains("\"parameters\":4850"))  // 40 + 64 · 64 + 64 + 650
  }

  @Test func `the report shows the model and the kernels`() {
    let text = run("--epochs", "0", "--channels", "2,3").output.joined(separator: "\n")
    for part in ["Conv2D(2, 3, kernel: 3, padding: 1)", "first layer's kernels", "Test accuracy"] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func `images that cannot be halved as often as asked are refused`() {
    let (code, _, errors) = run("--channels", "2,2,2,2", "--epochs", "0")
    #expect(code == 65)
    #expect(
      errors == ["conv-digits: images of 8×8 cannot be halved 4 times; give fewer --channels"])
  }
}
