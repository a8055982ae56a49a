import Foundation
import Strata
import StrataTensor
import StrataTesting
import Testing

@Suite(.seeded) struct LossTests {
  private static let cases = ["7x5", "1x1", "3x17", "64x10", "2x261", "extreme"]

  @Test(arguments: cases, [Reduction.mean, .sum])
  func `values and gradients agree with PyTorch's`(_ name: String, _ reduction: Reduction) throws {
    let reference = try Reference("losses").group(name)
    let weights = reference["class_weights"]!.elements(as: Double.self)
    func crossEntropy(_ smoothing: Double, _ ignored: Int?, _ weights: [Double]?) -> SoftmaxCrossEntropy {
      SoftmaxCrossEntropy(
        reduction: reduction, labelSmoothing: smoothing, ignoredIndex: ignored, classWeights: weights)
    }
    let losses: [(String, any Loss, String)] = [
      ("cross_entropy", SoftmaxCrossEntropy(reduction: reduction), "labels"),
      ("soft_cross_entropy", SoftmaxCrossEntropy(reduction: reduction), "soft_targets"),
      ("smoothed", crossEntropy(0.1, nil, nil), "labels"),
      ("weighted", crossEntropy(0, nil, weights), "labels"),
      ("ignoring", crossEntropy(0, -100, nil), "partly_ignored"),
      ("all_options", crossEntropy(0.2, -100, weights), "partly_ignored"),
      ("soft_options", crossEntropy(0.2, nil, weights), "soft_targets"),
      ("divergence", KullbackLeiblerDivergence(reduction: reduction), "soft_targets"),
      ("binary", BinaryCrossEntropyWithLogits(reduction: reduction), "binary_targets"),
      (
        "binary_weighted", BinaryCrossEntropyWithLogits(positiveWeight: 2.5, reduction: reduction),
        "binary_targets"
      ),
      ("squared_error", MeanSquaredError(reduction: reduction), "targets"),
      ("absolute_error", MeanAbsoluteError(reduction: reduction), "targets"),
      ("huber", Huber(delta: 0.7, reduction: reduction), "targets"),
    ]
    for (kind, loss, targetName) in losses {
      for (dtype, tolerance) in [(DType.float64, 1e-11), (.float32, 1e-6)] {
        let target = reference[targetName]!
        let fitting = target.dtype == .int32 ? target : target.converted(to: dtype)
        let logits = reference["logits"]!.converted(to: dtype)
        let (value, gradient) = loss.evaluate(logits, fitting)
        #expect(value == loss(logits, fitting), "\(kind)")
        let key = "\(kind).\(reduction)"
        let expected = reference[key]!.item
        #expect(abs(value - expected) <= tolerance * abs(expected), "\(key) in \(dtype)")
        #expect(relativeError(gradient, reference[key + ".gradient"]!) <= tolerance, "\(key) in \(dtype)")
      }
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

  @Test func `an infinite logit costs nothing where it agrees with its label`() {
    let loss = BinaryCrossEntropyWithLogits(reduction: .sum)
    for dtype in [DType.float32, .float64] {
      let logits = Tensor([.infinity, -.infinity] as [Double]).converted(to: dtype)
      let (value, gradient) = loss.evaluate(logits, Tensor([1, 0] as [Double]).converted(to: dtype))
      #expect(value == 0)
      #expect(gradient.elements(as: Double.self) == [0, 0])
    }
    #expect(loss([.infinity], [0]) == .infinity)
    #expect(loss([-.infinity], [1]) == .infinity)
    #expect(loss([.nan], [1]).isNaN)
  }

  @Test func `a sure and right binary answer keeps its tiny loss`() {
    #expect(abs(BinaryCrossEntropyWithLogits()([30], [1]) / 9.357622968840175e-14 - 1) < 1e-6)
    #expect(BinaryCrossEntropyWithLogits()([1e4], [0]) == 1e4)
  }

  @Test func `NaN is never swallowed`() {
    let losses: [any Loss] = [
      MeanSquaredError(), MeanAbsoluteError(), Huber(), BinaryCrossEntropyWithLogits(),
      KullbackLeiblerDivergence(), SoftmaxCrossEntropy(labelSmoothing: 0.1),
    ]
    for loss in losses {
      let (value, gradient) = loss.evaluate([[0, .nan, 1]], [[0, 0.5, 0.5]])
      #expect(value.isNaN && gradient.elements(as: Float.self)[1].isNaN, "\(type(of: loss))")
    }
  }

  @Test func `the subgradients at the kinks`() {
    #expect(MeanAbsoluteError(reduction: .sum).evaluate([1, 2, 0], [1, 1, 1]).gradient == [0, 1, -1])
    let (value, gradient) = Huber(delta: 2, reduction: .sum).evaluate([1, -2, 5], [0, 0, 0])
    #expect(value == 0.5 + 2 + 8)
    #expect(gradient == [1, -2, 2])
  }

  @Test func `a divergence from itself is nothing, and zeros of the target are allowed`() {
    let loss = KullbackLeiblerDivergence()
    let logits: Tensor = [[0, 1, 2], [5, -3, 0]]
    let p = exp(logits) / exp(logits).sum(along: -1, keepingAxis: true)
    #expect(abs(loss(logits, p)) < 1e-7)
    #expect(abs(loss([[0, 0]], [[1, 0]]) - 0.6931471805599453) < 1e-7)
  }

  @Test func `samples that are ignored count for nothing, all of them included`() {
    let loss = SoftmaxCrossEntropy(ignoredIndex: -1)
    let logits: Tensor = [[1, 2, 3], [.nan, 0, 0], [3, 0, 1]]
    let (value, gradient) = loss.evaluate(logits, Tensor(labels: [2, -1, 0]))
    let (expected, gradientOfTwo) = SoftmaxCrossEntropy().evaluate(
      [[1, 2, 3], [3, 0, 1]], Tensor(labels: [2, 0]))
    #expect(value == expected)
    #expect(gradient[1] == [0, 0, 0])
    #expect(relativeError(gradient[0], gradientOfTwo[0]) < 1e-6)
    let (none, zero) = loss.evaluate(logits, Tensor(labels: [-1, -1, -1]))
    #expect(none == 0 && zero == Tensor(zeros: [3, 3]))
  }

  @Test func `the mean divides by the weights of the true classes`() {
    let loss = SoftmaxCrossEntropy(ignoredIndex: 2, classWeights: [0.5, 2, 7])
    let logits = Tensor([[0, 0, 0], [1, 0, 0], [9, 9, 9]].flatMap { $0 } as [Double], shape: [3, 3])
    let labels = Tensor(labels: [0, 1, 2])
    let first = Foundation.log(3.0)
    let second = Foundation.log(Foundation.exp(1.0) + 2)
    #expect(abs(loss(logits, labels) - (0.5 * first + 2 * second) / 2.5) < 1e-15)
    #expect(loss.divisor(of: labels) == 2.5)
    #expect(SoftmaxCrossEntropy(reduction: .sum).divisor(of: labels) == 1)
    #expect(loss.classWeights == [0.5, 2, 7])
  }

  @Test func `a loss cut into blocks gives the same bits with any number of workers`() {
    let logits = Tensor(normal: [700, 130])
    let targets = exp(Tensor(normal: [700, 130])) / 200
    let labels = Tensor(labels: (0..<700).map { $0 % 130 })
    let losses: [(any Loss, Tensor)] = [
      (SoftmaxCrossEntropy(labelSmoothing: 0.1, ignoredIndex: 5), labels), (KullbackLeiblerDivergence(), targets),
      (BinaryCrossEntropyWithLogits(), targets), (Huber(), targets), (MeanSquaredError(), targets),
      (MeanAbsoluteError(), targets),
    ]
    for (loss, target) in losses {
      let (value, gradient) = withWorkers(1) { loss.evaluate(logits, target) }
      for workers in [2, 5] {
        let shared = WorkerLog.sharing(workers: workers) { loss.evaluate(logits, target) }
        #expect(shared.result.value == value && shared.result.gradient.isIdentical(to: gradient), "\(loss)")
        #expect(shared.threads > 1, "\(loss)")
      }
    }
  }
}
