import CStrataKernels
import Strata
import StrataTensor
import StrataTesting
import Testing

@Suite struct EstimatorTests {
  @Test func `steps are PyTorch's, but keep NaN`() {
    let x = Tensor([0.5, 1.5, -0.5, 2.5, -2.4, .nan] as [Float])
    let round = StraightThrough(.round)(x).elements(as: Float.self)
    #expect(round[..<5] == [0, 2, -0.0, 2, -2] && round[5].isNaN)
    let sign = StraightThrough(.sign)(Tensor([3, -0.5, 0, -0.0, .nan, .infinity] as [Float]))
    #expect(sign.elements(as: Float.self)[..<4] == [1, -1, 0, 0])
    #expect(sign[4].item.isNaN && sign[5].item == 1)
  }

  @Test func `nothing before a stopped gradient learns`() {
    let model = Sequential {
      Linear(3, 3); StopGradient(); Linear(3, 2)
    }
    let (_, dx, gradients) = model.run(Tensor(normal: [4, 3]), Tensor(repeating: .infinity, shape: [4, 2]))
    #expect(dx == Tensor(zeros: [4, 3]))
    #expect(gradients[model.parameters[0].parameter] == nil)
  }

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
