import Foundation
import Strata
import StrataTensor
import StrataTesting
import Testing

/// A loss of the reference file, and how it is compared.
private struct LossCase: Sendable, CustomStringConvertible {
  let description: String
  let compare: @Sendable (_ reference: [String: Tensor], _ dtype: DType) -> [(String, Tensor, Tensor)]

  init<Goal: Objective>(
    _ name: String, output: @escaping @Sendable ([Tensor]) -> Goal.Output,
    target: @escaping @Sendable ([String: Tensor]) -> Goal.Target, _ make: @escaping @Sendable (Reduction) -> Goal
  ) {
    description = name
    compare = { reference, dtype in
      let outputs = reference.keys.filter { $0.hasPrefix("output") }.sorted().map {
        reference[$0]!.converted(to: dtype)
      }
      let typed = reference.mapValues { $0.dtype == .int32 ? $0 : $0.converted(to: dtype) }
      let (y, t) = (output(outputs), target(typed))
      let (mean, gradient) = make(.mean).evaluate(y, t)
      var results = [
        ("mean", Tensor([mean] as [Double]), reference["mean"]!),
        ("sum", Tensor([make(.sum)(y, t)] as [Double]), reference["sum"]!),
      ]
      for (index, part) in gradient.tensors.enumerated() {
        let key = outputs.count == 1 ? "gradient" : "gradient\(index)"
        results.append((key, part, reference[key]!))
      }
      if let values = reference["values"], let loss = make(.sum) as? any SampleObjective<Goal.Output, Goal.Target> {
        results.append(("values", loss.samples(y, t).values, values))
      }
      return results
    }
  }

  init<Goal: Loss>(_ name: String, _ make: @escaping @Sendable (Reduction) -> Goal) {
    self.init(name, output: { $0[0] }, target: { $0["target"]! }, make)
  }
}

private let cases: [LossCase] = [
  LossCase("smooth_l1") { SmoothL1(beta: 0.7, reduction: $0) },
  LossCase("log_cosh") { LogCosh(reduction: $0) },
  LossCase("quantile") { QuantileLoss(0.8, reduction: $0) },
  LossCase("hinge") { Hinge(margin: 1.5, reduction: $0) },
  LossCase("squared_hinge") { Hinge(margin: 1.5, isSquared: true, reduction: $0) },
  LossCase("hinge_embedding") { HingeEmbedding(margin: 1.2, reduction: $0) },
  LossCase("soft_margin") { SoftMargin(reduction: $0) },
  LossCase("poisson") { PoissonNLL(reduction: $0) },
  LossCase("poisson_full") { PoissonNLL(isFull: true, reduction: $0) },
  LossCase("poisson_rate") { PoissonNLL(isLogRate: false, reduction: $0) },
  LossCase("poisson_rate_full") { PoissonNLL(isLogRate: false, isFull: true, reduction: $0) },
  LossCase("positive_weights") {
    BinaryCrossEntropyWithLogits(positiveWeights: weights("positive_weights"), reduction: $0)
  },
  LossCase("binary_focal") { BinaryFocal(reduction: $0) },
  LossCase("focal") { Focal(gamma: 1.5, reduction: $0) },
  LossCase("focal_axis") { Focal(gamma: 1.5, reduction: $0, axis: 1) },
  LossCase("multi_margin") { MultiMargin(margin: 0.8, reduction: $0) },
  LossCase("squared_multi_margin") { MultiMargin(isSquared: true, reduction: $0) },
  LossCase("cross_entropy_axis") {
    SoftmaxCrossEntropy(reduction: $0, ignoredIndex: -100, classWeights: weights("cross_entropy_axis"), axis: 1)
  },
  LossCase("smoothed_axis") { SoftmaxCrossEntropy(reduction: $0, labelSmoothing: 0.1, ignoredIndex: -100, axis: 1) },
  LossCase("soft_axis") { SoftmaxCrossEntropy(reduction: $0, axis: 1) },
  LossCase("nll") {
    NegativeLogLikelihood(reduction: $0, ignoredIndex: -100, classWeights: weights("nll"), axis: 1)
  },
  LossCase("log_divergence") { KullbackLeiblerDivergence(reduction: $0, takesLogTargets: true) },
  LossCase("gaussian") { GaussianNLL(reduction: $0) },
  LossCase("gaussian_full") { GaussianNLL(isFull: true, reduction: $0) },
  LossCase("dice") { Dice(reduction: $0) },
  LossCase("ranking", output: pair, target: { $0["target"]! }) { MarginRanking(margin: 0.3, reduction: $0) },
  LossCase("cosine", output: pair, target: { $0["target"]! }) { CosineEmbedding(margin: -0.4, reduction: $0) },
  LossCase("contrastive", output: pair, target: { $0["target"]! }) { Contrastive(margin: 3, reduction: $0) },
  LossCase("triplet", output: triplet, target: { $0["target"]! }) { TripletMargin(reduction: $0) },
  LossCase("triplet_swapped", output: triplet, target: { $0["target"]! }) { TripletMargin(swaps: true, reduction: $0) },
  LossCase("info_nce", output: pair, target: { $0["target"]! }) { InfoNCE(temperature: 0.2, reduction: $0) },
  LossCase("info_nce_symmetric", output: pair, target: { $0["target"]! }) {
    InfoNCE(temperature: 0.2, isSymmetric: true, reduction: $0)
  },
  LossCase("batch_hard") { BatchHardTriplet(margin: 0.5, reduction: $0) },
  LossCase("ctc", output: { $0[0] }, target: sequences) { CTC(reduction: $0) },
  LossCase("ctc_blank", output: { $0[0] }, target: sequences) { CTC(blank: 3, reduction: $0) },
]

@Sendable private func pair(_ outputs: [Tensor]) -> Pair<Tensor, Tensor> { Pair(outputs[0], outputs[1]) }

@Sendable private func triplet(_ outputs: [Tensor]) -> Triplet {
  Triplet(anchor: outputs[0], positive: outputs[1], negative: outputs[2])
}

@Sendable private func sequences(_ reference: [String: Tensor]) -> CTCTarget {
  CTCTarget(
    labels: reference["target"]!, labelLengths: reference["lengths"]!, inputLengths: reference["steps"]!)
}

private func weights(_ name: String) -> [Double] { reference.group(name)["weights"]!.elements(as: Double.self) }

private let reference = (try? Reference("more_losses"))!

@Suite(.seeded) struct MoreLossTests {
  @Test(arguments: cases)
  fileprivate func `values, gradients and the losses of samples agree with PyTorch's`(_ loss: LossCase) {
    let numbers = reference.group(loss.description)
    for (dtype, tolerance) in [(DType.float64, 1e-10), (.float32, 1e-5)] {
      for (key, found, expected) in loss.compare(numbers, dtype) {
        let error = relativeError(found, expected)
        #expect(error <= tolerance, "\(loss).\(key) in \(dtype): \(error)")
      }
    }
  }

  @Test func `every case of the file is compared`() {
    let names = Set(reference.tensors.keys.map { String($0.prefix { $0 != "." }) })
    #expect(names == Set(cases.map(\.description)))
  }

  @Test func `weights of samples leave out, repeat, and are those of rows or of elements`() {
    let loss = MeanSquaredError().weighted()
    let (y, t): (Tensor, Tensor) = ([[1, 2], [3, 4], [.infinity, 0]], [[0, 0], [0, 0], [0, 0]])
    let (value, gradient) = loss.evaluate(y, Pair(t, [3, 1, 0]))
    #expect(value == (3 * 5 + 25) / 8)
    #expect(gradient == [[0.75, 1.5], [0.75, 1], [0, 0]])
    #expect(loss.divisor(of: Pair(t, [3, 1, 0])) == 8)
    #expect(loss(y, Pair(t, [[1, 0], [0, 1], [0, 0]])) == 8.5)
    #expect(loss.evaluate(y, Pair(t, [0, 0, 0])).value == 0)
    let sum = MeanSquaredError(reduction: .sum).weighted()
    #expect(sum(y, Pair(t, [3, 1, 0])) == 40)
  }

  @Test func `weights of samples and of classes are multiplied`() {
    let loss = SoftmaxCrossEntropy(ignoredIndex: 2, classWeights: [1, 3, 5])
    let (logits, labels): (Tensor, Tensor) = ([[1, 2, 0], [0, 1, 0], [2, 0, 1]], Tensor(labels: [0, 1, 2]))
    let values = loss.samples(logits, labels).values.elements(as: Double.self)
    #expect(values[2] == 0)
    let expected = (2 * values[0] + 0.5 * values[1]) / (2 * 1 + 0.5 * 3)
    #expect(abs(loss.weighted()(logits, Pair(labels, [2, 0.5, 7])) - expected) < 1e-6)
  }

  @Test func `a log-cosh is right near 0 and far from it`() {
    for (d, expected) in [(1e-4, 5e-9), (1e-10, 5e-21), (30, 30 - 0.6931471805599453), (1e4, 1e4 - 0.6931471805599453)]
    {
      for dtype in [DType.float32, .float64] {
        let value = LogCosh()(Tensor([d] as [Double]).converted(to: dtype), Tensor(zeros: [1], dtype: dtype))
        #expect(abs(value / expected - 1) < (dtype == .float32 ? 1e-6 : 1e-8), "\(d)")
      }
    }
  }

  @Test func `a focal loss of a sure answer keeps its digits`() {
    let (value, gradient) = Focal(gamma: 2).evaluate([[0, -30]], Tensor(labels: [0]))
    let loss = 9.357622968840175e-14
    #expect(abs(value / (loss * loss * loss) - 1) < 1e-5)
    #expect(gradient.elements(as: Double.self).allSatisfy { $0.isFinite })
    #expect(Focal(gamma: 0.5).evaluate([[0, -1e4]], Tensor(labels: [0])).gradient == [[0, 0]])
  }

  @Test func `a path that does not exist is infinite, or nothing`() {
    let target = CTCTarget([[1, 1], [2]], inputLengths: [2, 2])
    let logits = Tensor(zeros: [2, 2, 3])
    let (value, gradient) = CTC(reduction: .sum).evaluate(logits, target)
    #expect(value == .infinity && gradient[0].elements(as: Double.self).allSatisfy(\.isNaN))
    let (kept, finite) = CTC(zeroInfinity: true, reduction: .sum).evaluate(logits, target)
    // Three of nine paths read as 2: blank 2, 2 blank, 2 2.
    #expect(abs(kept - log(3)) < 1e-6)
    #expect(finite[0] == Tensor(zeros: [2, 3]) && finite.isFinite)
  }

  @Test func `CTC is stable over a thousand steps, and a sequence of no steps is sure`() {
    let target = CTCTarget([[1, 2, 1], []], inputLengths: [1000, 0])
    for scale in [1.0, 1e4] {
      let (value, gradient) = CTC(reduction: .sum).evaluate(scale * Tensor(normal: [2, 1000, 3]), target)
      #expect(value.isFinite && value > 0 && gradient.isFinite)
      #expect(gradient[1] == Tensor(zeros: [1000, 3]))
    }
  }

  @Test func `triplets are mined in the batch, and rows that have none do not count`() {
    let x: Tensor = [[0, 0], [0, 3], [2, 0], [10, 10]]
    let loss = BatchHardTriplet(margin: 1, reduction: .sum)
    // Rows 0 and 1 are alike; the nearest other is row 2, from 0 by 2 and from 1 by √13.
    let near: Double = 2
    let far: Double = 13.0.squareRoot()
    let expected: Double = 8 - near - far
    #expect(abs(loss(x, Tensor(labels: [5, 5, 6, 7])) - expected) < 1e-5)
    let (value, gradient) = loss.evaluate(x, Tensor(labels: [1, 2, 3, 4]))
    #expect(value == 0 && gradient == Tensor(zeros: [4, 2]))
    #expect(loss(x, Tensor(labels: [1, 1, 1, 1])) == 0)
  }

  @Test func `objectives add up with their weights`() throws {
    let sum = MeanSquaredError().scaled(by: 2).adding(MeanAbsoluteError())
      .adding(Huber().adding(LogCosh()), weight: 0.5)
    let (y, t): (Tensor, Tensor) = ([1, 2, -1], [0, 0, 0.5])
    #expect(sum.terms.map(\.weight) == [2, 1, 0.5, 0.5])
    let (value, gradient) = sum.evaluate(y, t)
    let losses: [(Double, any Loss)] = [
      (2, MeanSquaredError()), (1, MeanAbsoluteError()), (0.5, Huber()), (0.5, LogCosh()),
    ]
    var total = 0.0
    var expected = Tensor(zeros: [3])
    for (weight, loss) in losses {
      let part = loss.evaluate(y, t)
      total += weight * part.value
      expected += part.gradient * weight
    }
    #expect(abs(value - total) < 1e-12)
    #expect(relativeError(gradient, expected) < 1e-6)
    #expect(sum.divisor(of: t) == 3)
    #expect(throws: TargetError.self) { try sum.validate(Tensor(zeros: [2]), for: [[3]]) }
    try checkObjective(sum, output: Tensor(normal: [4, 2]), target: Tensor(normal: [4, 2]))
  }

  @Test func `a penalty on weights is added once a step, with its gradient`() throws {
    let model = Sequential {
      Linear(3, 4); Tanh(); Frozen { Linear(4, 2) }
    }
    let loss = MeanSquaredError().regularized(l1: 0.1, l2: 0.2, on: model.parameters(matching: "*weight"))
    let (x, t) = (Tensor(normal: [6, 3]), Tensor(normal: [6, 2]))
    let w = model.parameters[0].parameter
    func run(_ loss: some Objective<Tensor, Tensor>, parts: Int) -> (Double, Tensor?) {
      let (value, gradients) = model.gradients(at: x, t, of: loss, microBatchSize: parts)
      return (value, gradients[w])
    }
    let frozen = Sequential {
      Linear(3, 4); Tanh(); Frozen(passesGradient: true) { Linear(4, 2) }
    }
    let first = frozen.parameters[0].parameter
    let plain = frozen.gradients(at: x, t, of: MeanSquaredError(), microBatchSize: 6)
    let penalized = MeanSquaredError().regularized(l1: 0.1, l2: 0.2, on: frozen.parameters(matching: "*weight"))
    for size in [6, 2] {
      let (value, gradients) = frozen.gradients(at: x, t, of: penalized.scaled(by: 2), microBatchSize: size)
      let penalty = 0.1 * abs(first.value).sum().item + 0.2 * first.value.sumOfSquares
      #expect(abs(value - 2 * (plain.loss + penalty)) < 1e-5)
      let expected = 2 * (plain.gradients[first]! + 0.1 * sign(first.value) + 0.4 * first.value)
      #expect(relativeError(gradients[first]!, expected) < 1e-5)
      #expect(gradients.receivers.count == 2, "a frozen weight has no penalty")
    }
    // Where no gradient arrives at all, none does by the penalty.
    #expect(run(loss, parts: 6).1 == nil)
    #expect(loss(model(x), t) == MeanSquaredError()(model(x), t))
  }

  @Test func `targets that cannot be are refused before training`() {
    let y = Tensor(zeros: [2, 3])
    let bad: [(any Loss, Tensor)] = [
      (Hinge(), y), (HingeEmbedding(), y), (SoftMargin(), y), (BinaryFocal(), y + 0.5), (PoissonNLL(), y - 1),
      (BinaryCrossEntropyWithLogits(positiveWeights: [1, 2]), y), (Focal(), Tensor(labels: [0, 3])),
      (NegativeLogLikelihood(), Tensor(labels: [0])), (MultiMargin(), Tensor(labels: [0, -1])),
      (SoftmaxCrossEntropy(axis: 0), Tensor(labels: [0, 1])), (SoftmaxCrossEntropy(axis: 2), Tensor(labels: [0, 1])),
      (BatchHardTriplet(), y), (Dice(), Tensor(zeros: [3, 2])),
    ]
    for (loss, target) in bad {
      #expect(throws: TargetError.self, "\(loss)") { try loss.validate(target, for: [y.shape]) }
    }
    for objective in [MarginRanking(), CosineEmbedding()] as [any SampleObjective<Pair<Tensor, Tensor>, Tensor>] {
      #expect(throws: TargetError.self) { try objective.validate([0, 1], for: [[2], [2]]) }
    }
    #expect(throws: TargetError.self) { try Contrastive().validate([0, -1], for: [[2, 1], [2, 1]]) }
    #expect(throws: TargetError.self) {
      try MeanSquaredError().weighted().validate(Pair(y, [-1, 1]), for: [y.shape])
    }
    let bad2 = [
      CTCTarget([[3]], inputLengths: [2]), CTCTarget([[0]], inputLengths: [2]), CTCTarget([[1]], inputLengths: [5]),
      CTCTarget([[1], [1]], inputLengths: [2, 2]),
    ]
    for target in bad2 {
      #expect(throws: TargetError.self) { try CTC().validate(target, for: [[1, 4, 3]]) }
    }
    #expect(throws: TargetError.self) {
      try CTC(blank: 7).validate(CTCTarget([[1]], inputLengths: [1]), for: [[1, 4, 3]])
    }
  }
}
