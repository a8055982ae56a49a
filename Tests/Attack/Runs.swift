import Foundation
import Strata

/// Kills runs that keep checkpoints, at random moments, and lets them go on under other seeds: each ends with the bytes of
/// the run that was never killed.
func runs(_ here: Circumstances) throws -> Finding {
  var finding = Finding("runs")
  var generator = SystemRandomNumberGenerator()
  let directory = here.directory + "/run"
  func run(_ kind: KilledRun, killedAfter microseconds: Range<useconds_t>? = nil) throws -> Child.Ending {
    let hasCheckpoint = try FileManager.default.contentsOfDirectory(atPath: directory).contains {
      $0.hasPrefix("step-")
    }
    let seed = hasCheckpoint ? UInt64.random(in: 2...1000, using: &generator) : 1
    let child = try Child(["run", kind.rawValue, directory, "\(seed)"], in: here)
    if let microseconds {
      usleep(useconds_t.random(in: microseconds, using: &generator))
      child.kill()
    }
    return child.wait()
  }
  func begin() throws {
    try? FileManager.default.removeItem(atPath: directory)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }
  func result() -> Data? { FileManager.default.contents(atPath: directory + "/end") }

  var whole: [KilledRun: (bytes: Data?, microseconds: useconds_t)] = [:]
  for kind in KilledRun.allCases {
    try begin()
    let start = ContinuousClock.now
    let ending = try run(kind)
    finding.note(ending == .exited(0) ? nil : "\(kind) without a kill: \(ending)")
    whole[kind] = (result(), useconds_t((ContinuousClock.now - start) / .microseconds(1)))
  }
  var kills = 0
  let end = ContinuousClock.now + .seconds(here.seconds)
  while ContinuousClock.now < end {
    let kind = KilledRun.allCases.randomElement(using: &generator)!
    let (bytes, microseconds) = whole[kind]!
    try begin()
    var endings: [Child.Ending] = []
    repeat {
      endings.append(try run(kind, killedAfter: 0..<microseconds))
    } while endings.last != .exited(0) && endings.count < 4
    if endings.last != .exited(0) { endings.append(try run(kind)) }
    kills += endings.count - 1
    finding.note(
      endings.last != .exited(0) ? "\(kind): \(endings)" : result() != bytes ? "\(kind) ends with other bytes" : nil)
  }
  finding.explain("\(kills) kills")
  return finding
}

/// A kind of run with memory in different places.
enum KilledRun: String, CaseIterable {
  case dropoutAndBatchNorm, lstm, earlyStoppingWithPlateau, microBatchesWithEMA, oneCycleWithMuon, metricAndBest
  case sharpnessWithSWA

  /// Trains to the end, from the last checkpoint of a directory, and saves the model there.
  func train(in directory: String, seed: UInt64, resumes: Bool) throws {
    let model = withSeed(seed) { network }
    let checkpointer = Checkpointer(directory, everySteps: 5, best: .loss)
    switch self {
    case .lstm: try finish(newTrainer(model, RMSProp(for: model, momentum: 0.5), checkpointer), directory, resumes)
    case .oneCycleWithMuon:
      var trainer = newTrainer(model, Muon(for: model), checkpointer)
      trainer.schedule = .oneCycle(to: 0.02, epochs: 8)
      try finish(trainer, directory, resumes)
    case .earlyStoppingWithPlateau:
      var trainer = newTrainer(model, SGD(for: model, learningRate: 0.5, momentum: 0.9), checkpointer)
      trainer.plateau = ReduceOnPlateau(factor: 0.5, patience: 0)
      try finish(trainer, directory, resumes, patience: 3)
    case .microBatchesWithEMA:
      var trainer = newTrainer(model, AdamW(for: model), checkpointer)
      trainer.microBatchSize = 16
      trainer.maximumGlobalNorm = 1
      trainer.callbacks.insert(EMA(decay: 0.9, statisticsFrom: data), at: 0)
      try finish(trainer, directory, resumes)
    case .metricAndBest:
      var trainer = newTrainer(model, NAdam(for: model), checkpointer)
      trainer.validationMetrics = [Recall()]
      trainer.callbacks.append(EarlyStopping(patience: 2, monitor: .highest("recall")))
      try finish(trainer, directory, resumes)
    case .sharpnessWithSWA:
      var trainer = newTrainer(model, SAM(SGD(for: model, learningRate: 0.1, momentum: 0.9)), checkpointer)
      trainer.callbacks.insert(SWA(fromEpoch: 4, statisticsFrom: data), at: 0)
      try finish(trainer, directory, resumes)
    case .dropoutAndBatchNorm: try finish(newTrainer(model, Adam(for: model), checkpointer), directory, resumes)
    }
  }

  private var network: Sequential {
    if self == .lstm {
      return Sequential {
        Recurrent(LSTMCell(8, 32)); Dropout(0.2); LastStep(); Linear(32, 3)
      }
    }
    return Sequential {
      Linear(8, 64); BatchNorm(64); ReLU(); Dropout(0.3); Linear(64, 32); Linear(32, 3)
    }
  }

  private var data: Dataset {
    withSeed(7) {
      Dataset(
        inputs: Tensor(normal: self == .lstm ? [300, 10, 8] : [300, 8]),
        labels: Tensor(labels: (0..<300).map { $0 * 7 % 3 }))
    }
  }

  private func newTrainer<Rule: Optimizer>(
    _ model: Sequential, _ optimizer: Rule, _ checkpointer: Checkpointer
  ) -> Trainer<Sequential, SoftmaxCrossEntropy, Rule> {
    Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: optimizer, seed: 3, progress: .silent, callbacks: [checkpointer])
  }

  private func finish<Rule: Optimizer>(
    _ trainer: consuming Trainer<Sequential, SoftmaxCrossEntropy, Rule>, _ directory: String, _ resumes: Bool,
    patience: Int? = nil
  ) throws {
    var trainer = trainer
    if resumes { try trainer.resume(from: directory) }
    try trainer.fit(
      data, validation: data[0..<60], epochs: max(0, 8 - trainer.epochsDone), batchSize: 32, patience: patience)
    try Safetensors.write(trainer.model.state.merging(trainer.optimizer.state) { $1 }, to: directory + "/end")
  }
}
