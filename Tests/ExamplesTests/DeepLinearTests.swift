import ExampleSupport
import Strata
import Testing

@testable import DeepLinear

@Suite(.seeded) struct DeepLinearTests {
  private func run(_ arguments: String...) -> [String] {
    let lines = Lines()
    let io = ExampleIO(output: { lines.add($0) }, errors: { _ in })
    #expect(runExample(arguments, io: io, trainDeepLinear) == 0)
    return lines.all
  }

  @Test func `orthogonal factors keep the singular values that Gaussian ones lose`() {
    let lines = run("--depth", "12", "--width", "8", "--inputs", "4", "--outputs", "4", "--epochs", "0")
    let fresh = lines.filter { $0.hasPrefix("     0") }.map { line in
      line.split(separator: " ").compactMap { Double($0) }
    }
    // Epoch, loss, four singular values, and the smallest and largest of the factors.
    #expect(fresh.map(\.count) == [8, 8])
    #expect(fresh[0][2] / fresh[0][5] > 10 * fresh[1][2] / fresh[1][5])
    #expect(fresh[1][6...] == [1, 1])
  }

  @Test func `a short run brings the loss down`() throws {
    let lines = run("--depth", "8", "--width", "16", "--epochs", "4", "--json", "--quiet")
    #expect(lines.count == 1)
    let loss = try #require(lines[0].firstMatch(of: /"test_loss":([0-9.e-]+)/))
    // It starts near the target's mean square singular value, 1.1.
    let number = try #require(Double(loss.1))
    #expect(number < 0.1)
  }
}
