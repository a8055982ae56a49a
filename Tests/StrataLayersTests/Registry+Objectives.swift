import Strata
import StrataTesting

/// An objective of several tensors, or of a target of several, under test.
struct ObjectiveEntry: Sendable, CustomStringConvertible {
  /// The name of the type in the sources.
  let type: String
  let description: String
  let check: @Sendable (_ rows: Int) throws -> ConformanceReport

  /// The objective, an output and a target of this number of rows.
  let example: @Sendable (_ rows: Int) -> (objective: any Objective, output: any TensorGroup, target: any TensorGroup)

  init<Goal: Objective>(
    _ options: String = "", _ objective: Goal, skipping: [LossCheck: String] = [:],
    output: @escaping @Sendable (_ rows: Int) -> Goal.Output, target: @escaping @Sendable (_ rows: Int) -> Goal.Target
  ) {
    (type, description) = ("\(Goal.self)", "\(Goal.self)" + options)
    example = { rows in withSeed(3) { (objective, output(rows), target(rows)) } }
    check = { rows in
      let (y, t) = withSeed(3) { (output(rows), target(rows)) }
      // A sum, and fewer rows, are shared among workers as the mean of more is.
      let done: [LossCheck: String] = rows < 7 ? [.workers: Tally.madeElsewhere] : [:]
      return try checkObjective(
        objective, output: y, target: t, skipping: skipping.merging(done) { own, _ in own })
    }
  }
}

/// Every objective of Strata that is no loss of one tensor.
let objectiveRegistry: [ObjectiveEntry] = [Reduction.mean, .sum].flatMap { reduction in
  let name = "(\(reduction))"
  let margin = MarginRanking(margin: 0.4, reduction: reduction)
  let cosine = CosineEmbedding(margin: -0.3, reduction: reduction)
  let contrastive = Contrastive(margin: 3, reduction: reduction)
  let triplet = TripletMargin(reduction: reduction)
  let ctc = CTC(reduction: reduction)
  return [
    ObjectiveEntry(name, margin, output: rows, target: { signs([$0, 4]) }),
    ObjectiveEntry(name, cosine, output: rows, target: { signs([$0]) }),
    ObjectiveEntry(name, contrastive, output: rows, target: { (signs([$0]) + 1) / 2 }),
    ObjectiveEntry(name, triplet, output: triplets, target: { signs([$0]) }),
    ObjectiveEntry(
      name + " swapped", TripletMargin(swaps: true, reduction: reduction), output: triplets, target: { signs([$0]) }),
    ObjectiveEntry(name, ctc, output: { Tensor(normal: [$0, 5, 4]) }, target: sequences),
    ObjectiveEntry(
      name, InfoNCE(temperature: 0.5, reduction: reduction), skipping: ofBatch, output: rows,
      target: { Tensor(labels: Array(0..<$0)) }),
    ObjectiveEntry(
      name + " symmetric", InfoNCE(isSymmetric: true, reduction: reduction), skipping: ofBatch, output: rows,
      target: { Tensor(labels: Array(0..<$0).map { $0 % 3 }) }),
    ObjectiveEntry(name, margin.weighted(), output: rows, target: { Pair(signs([$0, 4]), positive([$0])) }),
    ObjectiveEntry(name, cosine.weighted(), output: rows, target: { Pair(signs([$0]), positive([$0])) }),
    ObjectiveEntry(name, contrastive.weighted(), output: rows, target: { Pair((signs([$0]) + 1) / 2, positive([$0])) }),
    ObjectiveEntry(name, triplet.weighted(), output: triplets, target: { Pair(signs([$0]), positive([$0])) }),
    ObjectiveEntry(
      name, ctc.weighted(), skipping: [.workers: Tally.madeElsewhere], output: { Tensor(normal: [$0, 5, 4]) },
      target: { Pair(sequences($0), positive([$0])) }),
    ObjectiveEntry(
      name, MeanSquaredError(reduction: reduction).adding(LogCosh(reduction: reduction), weight: 0.3),
      output: { Tensor(normal: [$0, 4]) }, target: { Tensor(normal: [$0, 4]) }),
    ObjectiveEntry(
      name, MeanSquaredError(reduction: reduction).regularized(l1: 0.1, on: []), output: { Tensor(normal: [$0, 4]) },
      target: { Tensor(normal: [$0, 4]) }),
  ]
}

let ofBatch: [LossCheck: String] = [
  .parts: "a row is compared with the other rows of its batch",
  .workers: "rows that are repeated are negatives of each other",
  .notANumber: "NaN in one row reaches the others' losses by comparison",
  .infinity: "an infinite row has no direction",
]

@Sendable private func rows(_ count: Int) -> Pair<Tensor, Tensor> {
  Pair(Tensor(normal: [count, 4]), Tensor(normal: [count, 4]))
}

@Sendable private func triplets(_ count: Int) -> Triplet {
  Triplet(
    anchor: Tensor(normal: [count, 4]), positive: Tensor(normal: [count, 4]), negative: Tensor(normal: [count, 4]))
}

@Sendable private func sequences(_ count: Int) -> CTCTarget {
  let all = [[1, 1], [2, 3, 1], [], [3]]
  return CTCTarget((0..<count).map { all[$0 % 4] }, inputLengths: (0..<count).map { 5 - $0 % 2 })
}

private func signs(_ shape: Shape) -> Tensor { 2 * (Tensor(normal: shape) .> 0) - 1 }

private func positive(_ shape: Shape) -> Tensor { Tensor(uniform: shape, in: 0.5..<2) }
