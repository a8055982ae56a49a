import ExampleSupport
import Foundation
import Testing

@testable import ChainRule

@Suite(.seeded) struct ChainRuleTests {
  @Test func `the derivations end at the numbers of the textbooks`() {
    let lines = Lines()
    #expect(runChainRule([], ExampleIO(output: { lines.add($0) }, errors: { _ in })) == 0)
    let text = lines.all.joined(separator: "\n")
    for part in [
      "w     ∂wx/∂w = 3              -2        -6", "b     ∂ŷ/∂b = 1               -2        -2", "∂f/∂x₁ = 2.58",
      "1,000,000 inputs, 1 output: reverse mode, passes: 1", "1 input, 1,000 outputs:     forward mode, passes: 1",
      "step 6: x = [1., 1.]",
    ] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func `the graph is written where the option says`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "chain-rule-\(UUID()).svg").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let silent = ExampleIO(output: { _ in }, errors: { _ in })
    #expect(runChainRule(["--svg", path], silent) == 0)
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("L = e^2 = 1"))
    #expect(runChainRule(["--svg", "/no/such/place.svg"], silent) == 1)
    #expect(runChainRule(["--svgs", path], silent) == 64)
  }
}
