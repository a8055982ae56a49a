import Strata

/// A loss under test, with a target for an output.
struct LossEntry: Sendable, CustomStringConvertible {
  /// The name of the type in the sources.
  let type: String
  let description: String
  let loss: any Loss
  let target: @Sendable (_ output: Shape) -> Tensor

  init(_ options: String = "", _ loss: some Loss, target: @escaping @Sendable (_ output: Shape) -> Tensor) {
    type = "\(Swift.type(of: loss))"
    description = type + options
    self.loss = loss
    self.target = target
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
  ]
}

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
