import StrataLayers
import StrataTensor
import StrataTraining

/// Measures where the time of a training step goes: each layer, forward and backward, beside what the machine can do.
///
/// ```swift
/// print(profile(model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), at: batch.inputs, batch.labels))
/// ```
///
/// Steps with and without a clock take turns; of each kind the fastest counts, which other programs have disturbed least.
/// A module's time is that between its begin and its end without that of modules inside it, so that the parts add up to the
/// step. With a clock a layer works in place as it does without. Afterwards the model is as it was, to the bit; a copy of
/// the optimizer makes the steps.
///
/// - Parameters:
///   - model: The model.
///   - loss: The loss to minimize.
///   - optimizer: The optimizer.
///   - inputs: The inputs of a batch of the size in question.
///   - target: The target of the loss, one row per input row.
///   - rounds: How many steps of each kind to make.
///   - peaks: What the machine can do; nil to measure it, which takes a second.
/// - Throws: `ShapeError` or `TargetError` if the batch does not fit; `NonFiniteGradientError`.
public func profile<Model: Module, Goal: Objective>(
  _ model: Model, loss: Goal, optimizer: some Optimizer, at inputs: Model.Input, _ target: Goal.Target,
  rounds: Int = 20, peaks: MachinePeaks? = nil
) throws -> StepProfile where Goal.Output == Model.Output {
  require(rounds >= 1, "profile: \(rounds) rounds measure nothing; give 1 or more")
  if let output = try model.validate(trainingInput: inputs.shapes) { try loss.validate(target, for: output) }
  let contents = ModelContents(of: model)
  return try contents.restoringAll {
    // What each layer is given and gives, and what a run with a warm pool takes.
    let runs = contents.restoringStreams { LeafRuns.ofForward(model, at: inputs) }
    var (optimizer, fastest, best) = (optimizer, Double.infinity, TimedStep?.none)
    for round in 0..<rounds + 2 {
      let plain = try TimedStep(model, loss, &optimizer, inputs, target, observer: nil)
      let timed = try TimedStep(model, loss, &optimizer, inputs, target, observer: StepTimer())
      // The first steps fetch memory from the system.
      if round < 2 { continue }
      fastest = min(fastest, plain.seconds)
      if timed.seconds < best?.seconds ?? .infinity { best = timed }
    }
    let step = best!
    let layers = step.layers(runs)
    let parts = layers.reduce(0) { $0 + $1.seconds } + step.lossSeconds + step.optimizerSeconds
    return StepProfile(
      layers: layers, lossSeconds: step.lossSeconds, optimizerSeconds: step.optimizerSeconds,
      restSeconds: max(0, step.seconds - parts), stepSeconds: fastest,
      peaks: peaks ?? .measured(contents.parameters.first?.parameter.dtype ?? .float32))
  }
}

/// One training step, with a clock in each layer where there is an observer.
private struct TimedStep {
  let seconds: Double
  private(set) var lossSeconds = 0.0
  let optimizerSeconds: Double
  private let works: [StepTimer.Work]

  init<Model: Module, Goal: Objective>(
    _ model: Model, _ loss: Goal, _ optimizer: inout some Optimizer, _ inputs: Model.Input, _ target: Goal.Target,
    observer: StepTimer?
  ) throws where Goal.Output == Model.Output {
    func seconds(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant = .now) -> Double {
      (end - start) / .seconds(1)
    }
    var lossSeconds = 0.0
    let start = ContinuousClock.now
    func gradients() -> Gradients {
      var gradients = Gradients()
      let (y, cache) = model.forwardBoxed(inputs)
      let lossStart = ContinuousClock.now
      let (_, dy) = loss.evaluate(consume y, target)
      lossSeconds = seconds(from: lossStart)
      model.accumulateBoxed(consume dy, consume cache, &gradients)
      gradients.closePass(after: 0)
      return gradients
    }
    let found = observer.map { LayerObservation.by($0, gradients) } ?? gradients()
    let updateStart = ContinuousClock.now
    try optimizer.update(along: found)
    let end = ContinuousClock.now
    (self.seconds, optimizerSeconds) = (seconds(from: start, to: end), seconds(from: updateStart, to: end))
    (self.lossSeconds, works) = (lossSeconds, observer?.works ?? [])
  }

  /// The times of the modules that run no other, and of those that do more themselves than hand on: an attention.
  func layers(_ runs: [LeafRuns.Run]) -> [StepProfile.Layer] {
    works.filter { !$0.isContainer || $0.multiplyAdds > 0 }.map { work in
      let own = runs.filter { $0.path == work.path }
      let parameters = work.isContainer ? 0 : work.module.parameters.reduce(0) { $0 + $1.parameter.value.byteCount }
      let inputs = own.reduce(0) { $0 + $1.input.reduce(0) { $0 + $1.byteCount } }
      let outputs = own.reduce(0) { $0 + $1.output.reduce(0) { $0 + $1.byteCount } }
      let isReversed = work.backward > 0
      return StepProfile.Layer(
        path: work.path, layer: work.isContainer ? "\(type(of: work.module))" : "\(work.module)", runs: work.runs,
        forwardSeconds: work.forward, backwardSeconds: work.backward, flops: 2 * Double(work.multiplyAdds),
        bytes: Double((inputs + outputs + parameters) * (isReversed ? 2 : 1)))
    }
  }
}
