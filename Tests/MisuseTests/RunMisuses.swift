import Strata
import StrataTensor

private let model = Linear(2, 2)
private let data = Dataset(inputs: Tensor(zeros: [4, 2]), labels: Tensor(labels: [0, 1, 0, 1]))

private func trainer(_ callbacks: [any Callback] = []) -> Trainer<Linear, SoftmaxCrossEntropy, SGD> {
  Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent,
    callbacks: callbacks)
}

/// Misuse of what is done before, around and after the steps of a run: searches, averages, optimizers that look around,
/// lint and profile.
let runMisuses: [String: Misuse] = [
  "rates that fall": Misuse("findRate: rates from 1.0 to 0.1 in 100 steps are not possible; give positive rates") {
    _ = try trainer().findRate(on: data, from: 1, to: 0.1)
  },
  "two rates": Misuse("findRate: rates from 1e-06 to 10.0 in 2 steps are not possible") {
    _ = try trainer().findRate(on: data, steps: 2)
  },
  "trials of no length": Misuse("findRate: 12 trials of 3 steps are not possible; give 4 steps or more") {
    _ = try trainer().findRate(on: data, trialSteps: 3)
  },
  "a batch within nothing": Misuse("findBatchSize: 0 bytes for up to 65536 examples are not possible") {
    _ = try trainer().findBatchSize(on: data, within: 0)
  },
  "a batch of nothing by heart": Misuse("overfit: the batch has no examples") {
    _ = try trainer().overfit(oneBatch: Dataset.Batch(inputs: Tensor(zeros: [0, 2]), labels: Tensor(labels: [])))
  },
  "a batch by heart in no time": Misuse("overfit: 4 steps to 0.1 of the first loss are not possible") {
    _ = try trainer().overfit(oneBatch: data.batches(of: 4)[0], steps: 4)
  },
  "a batch by heart at once": Misuse("overfit: 300 steps to 1.0 of the first loss are not possible") {
    _ = try trainer().overfit(oneBatch: data.batches(of: 4)[0], to: 1)
  },
  "an average that overshoots": Misuse("EMA: the decay must be from 0 to 1, not 1.5") { _ = EMA(decay: 1.5) },
  "an average of no step": Misuse("EMA: an average every 0 steps is not possible; give 1 or more") {
    _ = EMA(everySteps: 0)
  },
  "an average from before the first epoch": Misuse("SWA: averages from epoch 0 on, every 1 epochs, are not possible") {
    _ = SWA(fromEpoch: 0)
  },
  "statistics from inputs of another kind": Misuse(
    "EMA: statisticsFrom: gives batches of Pair<Tensor, Tensor>, and the model takes Tensor; give it a source"
  ) {
    let pairs = Examples(inputs: Pair(data.inputs, data.inputs), labels: data.labels)
    var trainer = trainer([EMA(statisticsFrom: pairs)])
    try trainer.fit(data, epochs: 1)
  },
  "SAM backwards": Misuse("SAM: the radius must be finite and not negative, not -0.1") {
    _ = SAM(SGD(for: model, learningRate: 0.1), radius: -0.1)
  },
  "L-BFGS without moves": Misuse("LBFGS: 0 iterations, 0 evaluations and a history of 10 must be 1 or more") {
    _ = LBFGS(for: model, iterations: 0)
  },
  "L-BFGS uphill": Misuse("LBFGS: learningRate -1.0", "must be finite and not negative") {
    _ = LBFGS(for: model, learningRate: -1)
  },
  "L-BFGS along one gradient": Misuse("LBFGS: one gradient is not enough for a step; call optimizer.step {") {
    var optimizer = LBFGS(for: model)
    try optimizer.update(along: model.gradients(at: data.inputs) { (0, $0) }.gradients)
  },
  "a group's schedule that goes negative": Misuse(
    "bias: the schedule of its group gives the rate -1.0 at step 0; rates must be finite and not negative"
  ) {
    var optimizer = SGD(
      for: model, learningRate: 0.1, groups: [ParameterGroup("bias", schedule: Schedule { _ in -1 })])
    try optimizer.update(along: model.gradients(at: data.inputs) { (0, $0) }.gradients)
  },
  "another batch for a mean that is carried": Misuse(
    "MeanOverTime() with carried state: it has seen 2 sequences, and 1 are to go on; give it the same number"
  ) {
    var state = CarriedState()
    for batch in [2, 1] { _ = MeanOverTime().continued(Tensor(zeros: [batch, 1, 4]), &state) }
  },
  "a sweep over nothing": Misuse("sweep: 0 ranges and 1 trials at once must be 1 or more") {
    _ = try sweep(over: [:], strategy: .grid(), progress: .silent) { _ in 0 }
  },
  "a choice of nothing": Misuse("SweepRange.choice: there are no values to choose from") { _ = SweepRange.choice([]) },
  "whole numbers that no Double holds": Misuse("SweepRange.wholeNumbers: 0...9223372036854775807 must be from -2^53") {
    _ = SweepRange.wholeNumbers(0...Int.max)
  },
  "a range without end": Misuse("SweepRange.uniform: 0.0...inf must have finite bounds, and a finite difference") {
    _ = SweepRange.uniform(0...Double.infinity)
  },
  "logarithms from 0": Misuse("SweepRange.logUniform: 0.0...1.0 must have positive, finite bounds") {
    _ = SweepRange.logUniform(0...1)
  },
  "a grid of no points": Misuse("SweepStrategy.grid: 0 points of an interval are not possible; give 1 or more") {
    _ = SweepStrategy.grid(points: 0)
  },
  "no random trials": Misuse("SweepStrategy.random: 0 trials are not possible; give 1 or more") {
    _ = SweepStrategy.random(trials: 0)
  },
  "halving by 1": Misuse(
    "SweepStrategy.successiveHalving: 9 trials, a factor of 1 and budgets from 1 on are not possible"
  ) {
    _ = SweepStrategy.successiveHalving(trials: 9, factor: 1, budget: 1...9)
  },
  "a rule as a number": Misuse("trial.number(\"rule\"): it is the text \"adam\"; ask for it by trial.text") {
    _ = try sweep(over: ["rule": .choice(["adam"])], strategy: .grid(), progress: .silent) { $0.number("rule") }
  },
  "a rate as a whole number": Misuse("trial.wholeNumber(\"rate\"): it is 0.5; ask for it by trial.number") {
    _ = try sweep(over: ["rate": .choice([0.5])], strategy: .grid(), progress: .silent) {
      Double($0.wholeNumber("rate"))
    }
  },
  "a value that the sweep has not": Misuse("the sweep is over rate, not \"rats\"; did you mean \"rate\"?") {
    _ = try sweep(over: ["rate": .uniform(0...1)], strategy: .grid(), progress: .silent) { $0.number("rats") }
  },
  "lint of nothing": Misuse("lint: there are no examples to run the model on") {
    _ = try lint(model, loss: SoftmaxCrossEntropy(), on: data[0..<0])
  },
  "a profile of no rounds": Misuse("profile: 0 rounds measure nothing; give 1 or more") {
    _ = try profile(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), at: data.inputs, data.labels, rounds: 0)
  },
  "a machine that stands still": Misuse("MachinePeaks: flops must be finite and positive, not 0.0") {
    _ = MachinePeaks(flops: 0, bytesPerSecond: 1)
  },
  "a memory that stands still": Misuse("MachinePeaks: bytesPerSecond must be finite and positive, not 0.0") {
    _ = MachinePeaks(flops: 1, bytesPerSecond: 0)
  },
]
