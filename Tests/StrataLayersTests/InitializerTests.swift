import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct InitializerTests {
  private static let variances: [(name: String, initializer: Initializer, variance: Double)] = [
    ("heUniform", .heUniform, 2 / 300), ("heNormal", .heNormal, 2 / 300),
    ("xavierUniform", .xavierUniform, 2 / 500), ("xavierNormal", .xavierNormal, 2 / 500),
    ("lecunUniform", .lecunUniform, 1 / 300), ("lecunNormal", .lecunNormal, 1 / 300),
    ("uniform", .uniform(in: -0.3..<0.3), 0.03), ("normal", .normal(standardDeviation: 0.2), 0.04),
  ]

  @Test(arguments: variances.map(\.name))
  func `the variance is the literature's`(_ name: String) throws {
    let (_, initializer, variance) = try #require(Self.variances.first { $0.name == name })
    let weight = withSeed(3) { initializer.tensor([300, 200], fanIn: 300, fanOut: 200) }
    // 60,000 draws: the mean is within 5 of its standard errors, the variance within 4 %.
    #expect(abs(weight.mean().item) < 5 * (variance / 60_000).squareRoot())
    #expect(abs(weight.sumOfSquares / 60_000 / variance - 1) < 0.04)
  }

  @Test func `uniform weights stay within the bound`() {
    let weight = Linear(6, 1000).weight.value
    #expect(weight.max().item <= 1 && weight.max().item > 0.99)
    #expect(weight.min().item >= -1 && weight.min().item < -0.99)
  }

  @Test(arguments: [[4, 4], [3, 7], [7, 3], [1, 5], [64, 64]])
  func `orthogonal rows or columns are orthonormal`(_ lengths: [Int]) {
    let weight = withSeed(1) { Initializer.orthogonal().tensor(Shape(lengths), fanIn: 1, fanOut: 1) }
    let gram =
      lengths[0] <= lengths[1] ? matmul(weight, weight.transposed) : matmul(weight.transposed, weight)
    let n = min(lengths[0], lengths[1])
    let identity = Tensor((0..<n * n).map { $0 % (n + 1) == 0 ? Float(1) : 0 }, shape: [n, n])
    #expect((gram - identity).max().item < 1e-6)
    #expect((gram - identity).min().item > -1e-6)
  }

  @Test func `a seed decides all weights, in the order of the layers`() {
    func weights(_ seed: UInt64) -> [Tensor] {
      let model = withSeed(seed) {
        Sequential {
          Linear(3, 4); Linear(4, 2)
        }
      }
      return model.parameters.map(\.parameter.value)
    }
    #expect(weights(1) == weights(1))
    #expect(weights(1) != weights(2))
    #expect(
      weights(1)[0].elements(as: Float.self).prefix(6) != weights(1)[2].elements(as: Float.self).prefix(6))
  }

  @Test func `constant gives the constant`() {
    #expect(Linear(2, 2, initializer: .constant(0.5)).weight.value == [[0.5, 0.5], [0.5, 0.5]])
  }
}
