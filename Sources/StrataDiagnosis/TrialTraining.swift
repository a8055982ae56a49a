import StrataData
import StrataLayers
import StrataTensor
import StrataTraining

/// The training run of a diagnosis, and its findings.
struct TrialTraining<Model: Module, Goal: Objective, Rule: Optimizer> where Goal.Output == Model.Output {
  typealias Batch = (inputs: Model.Input, labels: Goal.Target)

  let model: Model
  let loss: Goal
  let contents: ModelContents
  let validation: Examples<Model.Input, Goal.Target>?
  let steps: Int
  let maximumGlobalNorm: Double?
  private let progress: ProgressDisplay

  /// The given optimizer, and the copy that trains.
  let given: Rule
  private(set) var optimizer: Rule

  /// The first batches, on which the model is measured before and after training.
  private(set) var probes: [Batch] = []

  var judgesRepetition = true
  private(set) var findings: [Finding] = []

  private(set) var losses: [Double] = []
  private(set) var gradientNorms: [Double] = []
  private(set) var validationLosses: [Double] = []
  /// ‖Δw‖ / ‖w‖ over all parameters, at some steps.
  private(set) var updateRatios: [Double] = []
  private var batchHashes: [Int] = []

  private let source: (Int) throws -> Batch

  init(
    _ model: Model, _ loss: Goal, _ optimizer: Rule, validation: Examples<Model.Input, Goal.Target>?, steps: Int,
    maximumGlobalNorm: Double?, progress: ProgressDisplay, source: @escaping (Int) throws -> Batch
  ) {
    require(steps >= 1, "diagnose: \(steps) steps cannot be trained; give 1 or more")
    (self.model, self.loss, self.validation, self.source) = (model, loss, validation, source)
    (self.steps, self.maximumGlobalNorm, self.progress) = (steps, maximumGlobalNorm, progress)
    (given, self.optimizer) = (optimizer, optimizer)
    contents = ModelContents(of: model)
  }

  /// Adds a finding unless the same cause was found at the same place.
  mutating func add(_ finding: Finding?) {
    guard let finding, !findings.contains(where: { ($0.cause, $0.path) == (finding.cause, finding.path) }) else {
      return
    }
    findings.append(finding)
  }

  /// Trains, measures, and restores the model.
  mutating func diagnose() throws -> Diagnosis {
    try contents.restoringAll {
      try drawProbes()
      try search()
    }
    return Diagnosis(
      findings: withoutConsequences(findings), losses: losses, gradientNorms: gradientNorms,
      validationLosses: validationLosses)
  }

  private mutating func search() throws {
    add(brokenDatum(in: probes) ?? brokenWeight())
    if !findings.isEmpty { return }
    let before = Measurement(of: self)
    if let broken = nonFinite(in: before) { return add(broken) }
    let freshStatistics = hasFreshStatistics
    for finding in startFindings(before) { add(finding) }
    if !freshStatistics { add(staleStatistics(trainingLoss: before.loss, startingLoss: before.loss)) }
    try train()
    for finding in frozenFindings() { add(finding) }
    if judgesRepetition { add(repeatedBatch(batchHashes)) }
    if findings.contains(where: { $0.cause == .divergence || $0.cause == .nonFiniteData }) { return }
    let after = Measurement(of: self)
    if after.runs.contains(where: { !$0.loss.isFinite }) {
      return add(divergence(at: losses.count, nonFinite(in: after)))
    }
    for finding in endFindings(before, after) { add(finding) }
    for finding in generalizationFindings(before, after) { add(finding) }
    add(rateTooSmall(before, after))
  }

  /// Takes the first batches as probes: at least two, and at least 64 rows if there are enough.
  private mutating func drawProbes() throws {
    repeat {
      let examples = try source(probes.count)
      let output = try model.validate(input: examples.inputs.shapes)
      if let output { try loss.validate(examples.labels, for: output) }
      probes.append(examples)
    } while probes.count < min(steps, 16) && (probes.count < 2 || probes.reduce(0) { $0 + $1.inputs.exampleCount } < 64)
  }

  private mutating func train() throws {
    var (meter, seen) = (ProgressMeter(progress, epochs: 1...1), Evaluation())
    meter.beginEpoch(batches: steps)
    defer { meter.finish() }
    recordValidation()
    for step in 0..<steps {
      let examples = try step < probes.count ? probes[step] : source(step)
      batchHashes.append(rowsHash(examples.inputs.tensors + examples.labels.tensors))
      var (value, gradients) = model.gradients(at: examples.inputs) { loss.evaluate($0, examples.labels) }
      value += loss.addPenalty(scaledBy: 1, to: &gradients)
      losses.append(value)
      let norm = (try? gradients.globalNorm()) ?? .nan
      gradientNorms.append(norm)
      guard value.isFinite, norm.isFinite, move(along: gradients, isMeasured: step % max(1, steps / 20) == 0) else {
        if let broken = brokenDatum(in: [examples], from: step) { return add(broken) }
        return add(divergence(at: step, nonFinite(in: ProbeRun(model, loss, examples))))
      }
      seen += Evaluation(loss: value, examples: examples.inputs.exampleCount)
      meter.endStep(seen)
      if (step + 1) % max(1, steps / 10) == 0 { recordValidation() }
    }
    add(slowDivergence())
  }

  /// Takes one step of the optimizer; returns false if a gradient is not finite.
  private mutating func move(along gradients: Gradients, isMeasured: Bool) -> Bool {
    var gradients = gradients
    optimizer.dropFrozen(from: &gradients)
    do {
      if let maximumGlobalNorm { try gradients.clip(globalNorm: maximumGlobalNorm) }
      if isMeasured {
        let weights = length(gradients.receivers.map { $0.value.norm })
        let changes = try optimizer.changes(along: gradients)
        // In the order of the gradients: a dictionary's order would change the last bits from run to run.
        let change = length(gradients.receivers.map { changes[ObjectIdentifier($0)] ?? 0 })
        if weights > 0 { updateRatios.append(change / weights) }
      } else {
        try optimizer.update(along: gradients)
      }
      return true
    } catch {
      return false
    }
  }

  private mutating func recordValidation() {
    if let loss = validation.map({ inferenceLoss(on: $0) }) { validationLosses.append(loss) }
  }

  /// Returns the mean loss in inference over at most 512 examples.
  func inferenceLoss(on data: Examples<Model.Input, Goal.Target>) -> Double {
    let data = data.count > 512 ? data[0..<512] : data
    return inferenceLoss(on: data.batches(of: 128).map { ($0.inputs, $0.labels) })
  }

  /// Returns the mean loss in inference.
  func inferenceLoss(on examples: [Batch]) -> Double {
    let rows = examples.map { Double($0.inputs.exampleCount) }
    let sum = zip(examples, rows).reduce(0.0) { sum, part in
      sum + loss(model(part.0.inputs), part.0.labels) * part.1
    }
    return sum / rows.reduce(0, +)
  }

  /// Returns the mean loss over the probes after training on them from the model's present state at another rate.
  func probeLoss(afterSteps count: Int, rate: Double) -> Double {
    contents.restoringAll {
      var trial = self
      trial.optimizer = given
      trial.optimizer.learningRate = rate
      for step in 0..<count {
        let examples = probes[step % probes.count]
        var (_, gradients) = model.gradients(at: examples.inputs) { loss.evaluate($0, examples.labels) }
        _ = loss.addPenalty(scaledBy: 1, to: &gradients)
        if !trial.move(along: gradients, isMeasured: false) { return .nan }
      }
      return Measurement(of: self).loss
    }
  }

  /// Returns the findings without those that follow from another.
  private func withoutConsequences(_ findings: [Finding]) -> [Finding] {
    let causes = Set(findings.map(\.cause))
    let blocked: Set<Finding.Cause> = [
      .deadUnits, .saturatedSoftmax, .saturatedUnits, .stoppedGradient, .missingGradient, .frozenParameter,
    ]
    return findings.filter { finding in
      switch finding.cause {
      case .rateTooSmall: causes.isDisjoint(with: blocked) && !causes.contains(.softmaxTwice)
      case .vanishingGradient, .explodingGradient, .badInitialization: causes.isDisjoint(with: blocked)
      case .overfitting: !causes.contains(.repeatedBatch)
      default: true
      }
    }
  }
}
