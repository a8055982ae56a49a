import Strata
import StrataTesting
import Testing

/// ``Reparameterize`` and ``NormalDivergence``: what a variational autoencoder samples, and what keeps it near the prior.
@Suite struct VariationalTests {
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
}
