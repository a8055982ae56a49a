import StrataLayers
import StrataTensor

/// A log for TensorBoard: curves of loss, metrics, rate and gradient norm, and histograms of parameters and gradients.
///
/// ```swift
/// var trainer = Trainer(model, loss: loss, optimizer: optimizer, callbacks: [TensorBoardLog("runs/lstm")])
/// // tensorboard --logdir runs
/// ```
///
/// The curve `loss/step` has a point every few steps, the others one an epoch, over the steps made.
public struct TensorBoardLog: Callback {
  /// Where the files are; each call of `fit` adds one.
  public let directory: String

  /// Every which step has a point.
  public let stepInterval: Int

  /// Whether epochs have histograms of parameters and of the last step's gradients.
  public let hasHistograms: Bool

  private var events: EventFile?
  private var gradients: [(path: String, value: Tensor)] = []

  /// A log in a directory, which is made.
  public init(_ directory: String, everySteps stepInterval: Int = 10, histograms: Bool = true) {
    require(stepInterval >= 1, "TensorBoardLog: a point every \(stepInterval) steps is not possible; give 1 or more")
    self.directory = directory
    self.stepInterval = stepInterval
    hasHistograms = histograms
  }

  public mutating func beforeTraining(_ trainer: inout some TrainingLoop) throws {
    events = try EventFile(in: directory)
  }

  public mutating func afterStep(_ trainer: inout some TrainingLoop) throws {
    if hasHistograms, let epoch = trainer.epoch, epoch.batchesDone == epoch.batchCount, let all = trainer.gradients {
      gradients = trainer.model.parameters.compactMap { path, parameter in all[parameter].map { (path, $0) } }
    }
    guard let events, trainer.stepsDone % stepInterval == 0 else { return }
    try events.add(scalar: trainer.lastStep!.loss, "loss/step", step: trainer.stepsDone)
    if let norm = trainer.gradientNorm { try events.add(scalar: norm, "gradient norm", step: trainer.stepsDone) }
  }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) throws {
    guard let events else { return }
    let step = trainer.stepsDone
    for figure in trainer.history.last!.allFigures {
      try events.add(scalar: figure.value, figure.name + (figure.part.map { "/" + $0 } ?? ""), step: step)
    }
    guard hasHistograms else { return }
    for (path, parameter) in trainer.model.parameters {
      try events.add(histogram: parameter.value, "parameters/" + path, step: step)
    }
    for (path, gradient) in gradients { try events.add(histogram: gradient, "gradients/" + path, step: step) }
    gradients = []
  }

  /// Adds text to the file of the running call of `fit`.
  func add(text: String, _ tag: String, step: Int) throws { try events?.add(text: text, tag, step: step) }

  public mutating func afterTraining(_ trainer: inout some TrainingLoop) { events = nil }
}
