import Strata
import StrataTesting
import Testing

/// ``Reparameterize`` and ``NormalDivergence``: what a variational autoencoder samples, and what keeps it near the prior.
@Suite(.seeded) struct VariationalTests {
  @Test func `samples have the mean and deviation asked for, and inference gives the mean`() {
    let n = 100_001
    let x = Tensor(
      concatenating: [
        Tensor(repeating: 3, shape: [n, 1]), Tensor(repeating: 2 * 0.6931471805599453, shape: [n, 1]),
      ], along: -1)
    let layer = Reparameterize()
    let y = layer.forward(x).0
    let mean = y.mean().item
    #expect(abs(mean - 3) < 5 * 2 / Double(n).squareRoot())
    #expect(abs(((y - mean) * (y - mean)).mean().item - 4) < 5 * 4 * (2 / Double(n)).squareRoot())
    #expect(layer(x) == Tensor(repeating: 3, shape: [n, 1]))
  }

  @Test func `the divergence agrees with differences and with PyTorch`() throws {
    let loss = NormalDivergence()
    let reference = try Reference("normal_divergence")
    for (size, rows) in [("1x1", 1.0), ("5x3", 5), ("17x33", 17)] {
      let (x, t) = (reference[size + ".x"], reference[size + ".t"])
      try checkGradients(of: loss, output: x, target: t)
      let sum = NormalDivergence(reduction: .sum).evaluate(x, t)
      #expect(abs(sum.value / reference[size + ".sum"].item - 1) < 1e-12)
      #expect(relativeError(sum.gradient, reference[size + ".gradient"]) < 1e-10)
      let mean = loss.evaluate(x.converted(to: .float32), t.converted(to: .float32))
      #expect(abs(mean.value * rows / reference[size + ".sum"].item - 1) < 1e-5)
      #expect(relativeError(mean.gradient * rows, reference[size + ".gradient"]) < 1e-5)
    }
  }

  @Test func `the divergence from the standard normal vanishes there alone`() {
    let (value, gradient) = NormalDivergence().evaluate(Tensor(zeros: [3, 4]))
    #expect(value == 0 && gradient == Tensor(zeros: [3, 4]))
    // ½ (σ² + μ² − 1 − log σ²) with μ = 2, σ = 1.
    #expect(NormalDivergence().evaluate([[2, 0]]).value == 2)
  }

  @Test func `what is all but the prior has a small divergence, and not none`() {
    func divergence(_ x: Tensor, _ prior: Tensor) -> Double { NormalDivergence().evaluate(x, prior).value }
    // ½ (e^x − 1 − x) with x = −1e-4 is x²/4 + x³/12.
    #expect(abs(divergence([[0, -1e-4]], [[0, 0]]) / 2.499916667e-9 - 1) < 1e-6)
    #expect(abs(divergence([[0, 0.4]], [[0, 0]]) / 0.045912348820635 - 1) < 1e-6)
    #expect(abs(divergence([[0, 0.6]], [[0, 0]]) / 0.111059400195255 - 1) < 1e-6)
  }

  @Test(arguments: [-200, -Float.infinity]) func `a narrow prior that is met has no divergence`(logVariance: Float) {
    let x = Tensor([3, logVariance] as [Float], shape: [1, 2])
    let (value, gradient) = NormalDivergence().evaluate(x, x)
    #expect(value == 0 && gradient == [[0, 0]])
  }
}
