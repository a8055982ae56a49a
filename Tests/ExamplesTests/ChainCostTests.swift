import ExampleSupport
import Strata
import Testing

@testable import ChainCost

@Suite(.seeded) struct ChainCostTests {
  @Test func `both ways give the same gradient`() {
    let chain = Chain(size: 16, factors: 8)
    #expect(abs(chain.forward() - chain.reverse()).max().item < 1e-5)
    #expect(chain.forward().shape == [1, 16])
  }

  @Test func `forward takes as many times the multiplications as there are inputs, and one product more`() {
    let chain = Chain(size: 16, factors: 8)
    #expect(ChainCost(rounds: 1, chain.reverse).multiplications == 8 * 16 * 16)
    #expect(ChainCost(rounds: 1, chain.forward).multiplications == 16 * 8 * 16 * 16 + 16 * 16)
  }

  @Test func `it prints a row for each size`() throws {
    let lines = Lines()
    let settings = try #require(
      try ChainCostSettings.parse(["--factors", "2", "--largest", "128", "--epochs", "1", "--json"]))
    try compareModes(settings, ExampleIO(output: { lines.add($0) }, errors: { _ in }))
    #expect(lines.all.count == 5)
    #expect(lines.all[2].hasPrefix("| 64 | 528,384 | 8,192 | "))
    #expect(lines.all[4].hasPrefix(#"{"factors":2,"sizes":[64,128],"forward_multiplications":[528384,"#))
  }
}
