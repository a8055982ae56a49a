import Strata
import StrataTensor
import StrataTesting
import Testing

@Suite struct LossTests {
  private static let cases = ["7x5", "1x1", "3x17", "64x10", "extreme"]

  @Test(arguments: cases, [Reduction.mean, .sum])
  func `values and gradients agree with PyTorch's`(_ name: String, _ reduction: Reduction) throws {
    let reference = try Reference("losses").group(name)
    let losses: [(String, any Loss, Tensor)] = [
      ("cross_entropy", SoftmaxCrossEntropy(reduction: reduction), reference["labels"]!),
      ("soft_cross_entropy", SoftmaxCrossEntropy(reduction: reduction), reference["soft_targets"]!),
      ("squared_error", MeanSquaredError(reduction: reduction), reference["targets"]!),
    ]
    for (kind, loss, target) in losses {
      for (dtype, tolerance) in [(DType.float64, 1e-11), (.float32, 1e-6)] {
        let target = target.dtype == .int32 ? target : target.converted(to: dtype)
        let (value, gradient) = loss.evaluate(reference["logits"]!.converted(to: dtype), target)
        let key = "\(kind).\(reduction)"
        let expected = reference[key]!.item
        #expect(abs(value - expected) <= tolerance * abs(expected), "\(key) in \(dtype)")
        #expect(relativeError(gradient, reference[key + ".gradient"]!) <= tolerance, "\(key) in \(dtype)")
      }
    }
  }

  @Test(arguments: [
    [1, 1], [1, 2], [2, 1], [3, 5], [7, 10], [1, 100], [33, 3], [2, 3, 4], [5, 17], [64, 10],
  ])
  func `gradients agree with differences`(_ lengths: [Int]) throws {
    let shape = Shape(lengths)
    var generator = RandomGenerator(seed: 7)
    let output = Tensor(normal: shape, dtype: .float64, using: &generator)
    let labels = (0..<shape.count / shape[-1]).map { Int32($0 % shape[-1]) }
    let indices = Tensor(labels, shape: Shape(lengths.dropLast()))
    let soft = exp(Tensor(normal: shape, dtype: .float64, using: &generator))
    let probabilities = soft / soft.sum(along: -1, keepingAxis: true)
    for reduction in [Reduction.mean, .sum] {
      try checkGradients(of: SoftmaxCrossEntropy(reduction: reduction), output: output, target: indices)
      try checkGradients(of: SoftmaxCrossEntropy(reduction: reduction), output: output, target: probabilities)
      try checkGradients(of: MeanSquaredError(reduction: reduction), output: output, target: soft)
    }
  }

  @Test func `cross-entropy is right at logits of ten thousand`() {
    let loss = SoftmaxCrossEntropy()
    let logits: Tensor = [[1e4, -1e4], [-1e4, 1e4]]
    let (value, gradient) = loss.evaluate(logits, Tensor(labels: [0, 0]))
    #expect(value == 1e4)
    #expect(gradient == [[0, 0], [-0.5, 0.5]])
  }

  @Test func `a confident right answer keeps its tiny loss`() {
    let logits: Tensor = [[0, -30]]
    let loss = SoftmaxCrossEntropy()(logits, Tensor(labels: [0]))
    #expect(abs(loss - 9.357622968840175e-14) < 1e-19)
  }

  @Test func `infinite logits take their limits`() {
    let loss = SoftmaxCrossEntropy()
    #expect(loss([[0, -.infinity]], Tensor(labels: [0])) == 0)
    #expect(loss([[0, -.infinity]], Tensor(labels: [1])) == .infinity)
    #expect(loss([[0, .infinity]], Tensor(labels: [1])).isNaN)
    #expect(loss([[0, .nan]], Tensor(labels: [0])).isNaN)
  }

  @Test func `a value alone equals the value with a gradient, bit for bit`() {
    let logits = Tensor(normal: [100, 10])
    let labels = Tensor(labels: (0..<100).map { $0 % 10 })
    let loss = SoftmaxCrossEntropy()
    #expect(loss(logits, labels) == loss.evaluate(logits, labels).value)
  }

  @Test func `nothing is broadcast`() async {
    await #expect(processExitsWith: .failure) {
      _ = MeanSquaredError()(Tensor(zeros: [4]), Tensor(zeros: [4, 1]))
    }
    await #expect(processExitsWith: .failure) {
      _ = SoftmaxCrossEntropy()(Tensor(zeros: [4, 3]), Tensor(zeros: [4, 1]))
    }
    await #expect(processExitsWith: .failure) {
      _ = SoftmaxCrossEntropy()(Tensor(zeros: [4, 3]), Tensor(labels: [0, 1, 2, 3]))
    }
  }
}
