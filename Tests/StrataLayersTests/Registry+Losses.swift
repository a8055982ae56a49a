import Strata
import StrataTesting

/// A loss under test, with a target for an output.
struct LossEntry: Sendable, CustomStringConvertible {
  /// The name of the type in the sources.
  let type: String
  let description: String
  let loss: any Loss
  let target: @Sendable (_ output: Shape) -> Tensor

  /// The output instead of one of standard normal numbers.
  let output: @Sendable (_ normal: Tensor) -> Tensor

  /// Whether outputs are [B, D] only.
  let isOfMatrices: Bool

  /// Checks to skip by design, with the reason.
  let skipping: [LossCheck: String]

  var isSum: Bool { description.contains("(sum") }

  init(
    _ options: String = "", _ loss: some Loss, isOfMatrices: Bool = false, skipping: [LossCheck: String] = [:],
    output: @escaping @Sendable (_ normal: Tensor) -> Tensor = { $0 },
    target: @escaping @Sendable (_ output: Shape) -> Tensor
  ) {
    type = "\(Swift.type(of: loss))"
    description = type + options
    self.loss = loss
    self.output = output
    self.target = target
    self.isOfMatrices = isOfMatrices
    self.skipping = skipping
  }
}

/// Every loss of Strata, with the options that change its maths.
let lossRegistry: [LossEntry] = [Reduction.mean, .sum].flatMap { reduction in
  let name = "(\(reduction))"
  return [
    LossEntry(name, SoftmaxCrossEntropy(reduction: reduction), target: labels),
    LossEntry(name + " of probabilities", SoftmaxCrossEntropy(reduction: reduction), target: probabilities),
    LossEntry(
      name + " with all options",
      SoftmaxCrossEntropy(reduction: reduction, labelSmoothing: 0.3, ignoredIndex: 1, classWeights: weights),
      target: labels),
    LossEntry(
      name + " with all options of probabilities",
      SoftmaxCrossEntropy(reduction: reduction, labelSmoothing: 0.3, classWeights: weights), target: probabilities),
    LossEntry(name, KullbackLeiblerDivergence(reduction: reduction), target: probabilities),
    LossEntry(name, BinaryCrossEntropyWithLogits(reduction: reduction), target: chances),
    LossEntry(
      name + " weighted", BinaryCrossEntropyWithLogits(positiveWeight: 3, reduction: reduction), target: chances),
    LossEntry(name, MeanSquaredError(reduction: reduction), target: numbers),
    LossEntry(name, MeanAbsoluteError(reduction: reduction), target: numbers),
    LossEntry(name, Huber(delta: 0.8, reduction: reduction), target: numbers),
    LossEntry(name, NormalDivergence(reduction: reduction), target: numbers),
    LossEntry(
      name + " by column", BinaryCrossEntropyWithLogits(positiveWeights: weights, reduction: reduction), target: chances
    ),
    LossEntry(
      name + " of logarithms", KullbackLeiblerDivergence(reduction: reduction, takesLogTargets: true),
      target: { log(probabilities($0)) }),
    LossEntry(name, SmoothL1(beta: 0.8, reduction: reduction), target: numbers),
    LossEntry(name, LogCosh(reduction: reduction), target: numbers),
    LossEntry(name, QuantileLoss(0.3, reduction: reduction), target: numbers),
    LossEntry(name, Hinge(margin: 0.7, reduction: reduction), target: signs),
    LossEntry(name + " squared", Hinge(isSquared: true, reduction: reduction), target: signs),
    LossEntry(name, HingeEmbedding(margin: 0.9, reduction: reduction), target: signs),
    LossEntry(name, SoftMargin(reduction: reduction), target: signs),
    LossEntry(name, PoissonNLL(reduction: reduction), target: counts),
    LossEntry(name + " full", PoissonNLL(isFull: true, reduction: reduction), target: counts),
    LossEntry(
      name + " of rates", PoissonNLL(isLogRate: false, reduction: reduction), skipping: smallRates, output: { exp($0) },
      target: counts),
    LossEntry(
      name, GaussianNLL(isFull: true, reduction: reduction), target: { numbers($0.withTrailing(lossClasses / 2)) }),
    LossEntry(name, NegativeLogLikelihood(reduction: reduction), target: labels),
    LossEntry(
      name + " with all options",
      NegativeLogLikelihood(reduction: reduction, ignoredIndex: 1, classWeights: weights), target: labels),
    LossEntry(name, Focal(gamma: 1.5, reduction: reduction, ignoredIndex: 1), target: labels),
    LossEntry(name, BinaryFocal(reduction: reduction), target: bits),
    LossEntry(name + " without weights", BinaryFocal(gamma: 0.5, alpha: nil, reduction: reduction), target: bits),
    LossEntry(name, Dice(reduction: reduction), target: bits),
    LossEntry(
      name, BatchHardTriplet(margin: 2, reduction: reduction), isOfMatrices: true, skipping: ofBatch,
      target: { Tensor(labels: (0..<$0[0]).map { $0 % 3 }) }),
    LossEntry(name, MultiMargin(margin: 0.8, reduction: reduction), target: labels),
    LossEntry(name + " squared", MultiMargin(isSquared: true, reduction: reduction), target: labels),
  ]
}

/// The losses of the classes in axis 1, with outputs of several axes.
let classAxisLosses: [LossEntry] = [Reduction.mean, .sum].flatMap { reduction in
  let name = "(\(reduction), axis: 1)"
  return [
    LossEntry(
      name, SoftmaxCrossEntropy(reduction: reduction, labelSmoothing: 0.3, ignoredIndex: 1, axis: 1),
      target: labelsOfAxis1),
    LossEntry(
      name + " of probabilities", SoftmaxCrossEntropy(reduction: reduction, axis: 1),
      target: probabilitiesOfAxis1),
    LossEntry(name, NegativeLogLikelihood(reduction: reduction, axis: 1), target: labelsOfAxis1),
    LossEntry(name, Focal(reduction: reduction, axis: 1), target: labelsOfAxis1),
  ]
}

private let smallRates: [LossCheck: String] = [
  .notANumber: "moved rates are negative, whose loss is not a number", .infinity: "a negative rate has no loss",
]

/// The classes of all targets, the last axis of outputs.
let lossClasses = 6

private let weights = (1...lossClasses).map { 0.5 + 1 / Double($0) }

@Sendable private func labels(_ output: Shape) -> Tensor {
  Tensor(
    (0..<output.count / lossClasses).map { Int32(($0 * $0 + 2) % lossClasses) }, shape: Shape(output.lengths.dropLast())
  )
}

@Sendable private func probabilities(_ output: Shape) -> Tensor {
  let e = exp(numbers(output))
  return e / e.sum(along: -1, keepingAxis: true)
}

@Sendable private func chances(_ output: Shape) -> Tensor { withSeed(2) { Tensor(uniform: output, in: 0..<1) } }

@Sendable private func numbers(_ output: Shape) -> Tensor { withSeed(3) { Tensor(normal: output) } }

@Sendable private func bits(_ output: Shape) -> Tensor { numbers(output) .> 0 }

@Sendable private func signs(_ output: Shape) -> Tensor { 2 * bits(output) - 1 }

@Sendable private func counts(_ output: Shape) -> Tensor { floor(3 * chances(output)) }

@Sendable private func labelsOfAxis1(_ output: Shape) -> Tensor {
  let shape = Shape([output[0]] + output.lengths.dropFirst(2))
  return Tensor((0..<shape.count).map { Int32(($0 * $0 + 2) % lossClasses) }, shape: shape)
}

@Sendable private func probabilitiesOfAxis1(_ output: Shape) -> Tensor {
  let e = exp(numbers(output))
  return e / e.sum(along: 1, keepingAxis: true)
}
