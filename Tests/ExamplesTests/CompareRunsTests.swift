import ExampleSupport
import Foundation
import Strata
import Testing

@testable import CompareRuns
@testable import MNIST

/// `compare-runs` on what `--digest` leaves.
@Suite(.seeded) struct CompareRunsTests {
  private func compare(_ arguments: [String]) -> (code: Int32, text: String) {
    let lines = Lines()
    let io = ExampleIO(output: { lines.add($0) }, errors: { lines.add($0) })
    return (compareRunsOfFiles(arguments, io), lines.all.joined(separator: "\n"))
  }

  @Test func `the same run twice, and another rate`() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "digests-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let silent = ExampleIO(output: { _ in }, errors: { _ in })
    func run(_ name: String, _ arguments: String...) -> String {
      let file = "\(directory)/\(name)"
      let all = ["--quiet", "--epochs", "1", "--hidden", "4", "--batch", "240", "--digest", file] + arguments
      #expect(runExample(all, io: silent, trainMNIST) == 0)
      return file
    }
    let (first, second, other) = (run("a"), run("b"), run("c", "--lr", "0.01"))
    #expect(compare([first, second]) == (0, "the runs have the same bits in all 7 records"))
    let (code, text) = compare([first, other])
    #expect(
      code == 1 && text.contains("step 1, after 0") && text.contains("rate: ") && text.contains("and 0.01"), "\(text)")
  }

  @Test func `wrong command lines and files`() {
    #expect(compare(["--help"]).code == 0)
    #expect(compare(["one"]).code == 64 && compare(["one", "--two"]).code == 64)
    #expect(compare([#filePath, #filePath]).code == 65)
  }
}
