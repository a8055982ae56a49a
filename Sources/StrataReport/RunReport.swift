import Foundation
import StrataData
import StrataLayers
import StrataTensor
import StrataTraining

/// A page about a run: one HTML file that needs no network, and shows the run while it goes on and afterwards.
///
/// ```swift
/// let report = RunReport("run.html", title: "Digits", settings: ["hidden": 64], examples: validation)
/// var trainer = Trainer(model, loss: loss, optimizer: optimizer, callbacks: [report])
/// try trainer.fit(train, validation: validation, epochs: 20)
/// try trainer[RunReport.self]?.add(figure: "test accuracy", accuracy)
/// ```
///
/// The page has the curves of every loss and metric, of the learning rate and of gradient norms; and by the examples, where
/// it is given some: the confusion matrix and the worst mistakes of a classifier, with pictures, the layers of the model,
/// what training takes of memory, and the flow of the gradient. Until the run is over a browser that has it open shows it
/// again every few seconds.
///
/// It changes no bit of the run. The file is replaced as a whole, at the earliest twenty times as long after the last time
/// as that took, so that at most a twentieth of the time goes to it.
public struct RunReport: Callback {
  /// Where the page is.
  public let path: String

  private let examples: (any ReportExamples)?
  private var facts: RunFacts
  private var nextPage = ContinuousClock.now
  private var nextMeasure = ContinuousClock.now
  /// The most examples of a step so far.
  private var batchSize = 0
  private var isPlanned = false

  /// How many times as long as writing takes, nothing is written after it.
  private static let rest = 20

  /// A page without examples to look at the model with.
  ///
  /// - Parameters:
  ///   - path: Where the page is; its directories are made.
  ///   - title: Its heading.
  ///   - settings: What the run was set to, by name.
  ///   - interval: After how many seconds it is written again.
  public init(
    _ path: String, title: String = "Training run", settings: [String: any Sendable] = [:],
    everySeconds interval: Double = 5
  ) {
    self.init(path, title, settings, interval, nil, [])
  }

  /// A page that also shows how the model does on some examples, which it is not to have learnt from.
  ///
  /// - Parameters:
  ///   - path: Where the page is; its directories are made.
  ///   - title: Its heading.
  ///   - settings: What the run was set to, by name.
  ///   - examples: What the model is looked at with, such as those for validation.
  ///   - classNames: The names of classes, in the order of their indices; by default the indices.
  ///   - pictureShape: The shape of an example as a picture, `[H, W]`, `[1, H, W]` or `[3, H, W]`, with numbers from 0 to
  ///     1; by default that of inputs `[N, 1, H, W]` and `[N, 3, H, W]`.
  ///   - interval: After how many seconds it is written again.
  public init<Inputs: TensorGroup, Labels: TensorGroup>(
    _ path: String, title: String = "Training run", settings: [String: any Sendable] = [:],
    examples: some BatchSource<Inputs, Labels> & Sendable, classNames: [String] = [], pictureShape: Shape? = nil,
    everySeconds interval: Double = 5
  ) {
    if let pictureShape {
      require(
        Picture.hasForm(pictureShape),
        "RunReport: a picture has the shape [H, W], [1, H, W] or [3, H, W], not \(pictureShape)")
    }
    let source = SourceExamples(source: examples, classNames: classNames, pictureShape: pictureShape)
    self.init(path, title, settings, interval, source, classNames)
  }

  private init(
    _ path: String, _ title: String, _ settings: [String: any Sendable], _ interval: Double,
    _ examples: (any ReportExamples)?, _ classNames: [String]
  ) {
    require(
      interval > 0 && interval.isFinite,
      "RunReport: a page every \(interval) seconds is not possible; give a number above 0")
    (self.path, self.examples) = (path, examples)
    facts = RunFacts(title: title)
    facts.settings = settings.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
    facts.surroundings = RunSurroundings.current().sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    (facts.classNames, facts.refreshInterval) = (classNames, interval)
  }

  /// Adds a figure to the head of the page, or replaces the one of this name, and writes the page.
  ///
  /// - Throws: `DataError` where it cannot be written.
  public mutating func add(figure name: String, _ value: Double) throws {
    if let place = facts.figures.firstIndex(where: { $0.name == name }) {
      facts.figures[place].value = value
    } else {
      facts.figures.append((name, value))
    }
    try write()
  }

  /// Adds a part of text with a heading, or replaces the one of this heading, and writes the page. Lines stay lines.
  ///
  /// - Throws: `DataError` where it cannot be written.
  public mutating func add(_ heading: String, text: String) throws {
    if let place = facts.texts.firstIndex(where: { $0.heading == heading }) {
      facts.texts[place].text = text
    } else {
      facts.texts.append((heading, text))
    }
    try write()
  }

  public mutating func beforeTraining(_ trainer: inout some TrainingLoop) throws {
    try examples?.admit(to: trainer)
    facts.status = .running
    facts.modelName = "\(type(of: trainer.model))"
    (facts.lossName, facts.optimizerName) = ("\(type(of: trainer.loss))", "\(type(of: trainer.optimizer))")
    facts.parameters = trainer.model.parameters.map { .init(path: $0.path, shape: $0.parameter.shape) }
    try examples?.describe(trainer, batchSize: batchSize > 0 ? batchSize : 32, in: &facts.measures)
    try write(trainer)
  }

  public mutating func afterStep(_ trainer: inout some TrainingLoop) throws {
    let norm = facts.curve.nextStepHasNorm ? trainer.gradientNorm ?? .nan : .nan
    facts.curve.add(step: trainer.stepsDone, loss: trainer.lastStep!.loss, norm: norm, rate: trainer.learningRate)
    batchSize = max(batchSize, trainer.lastStep!.examples)
    if ContinuousClock.now >= nextPage { try write(trainer) }
  }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) throws {
    if ContinuousClock.now >= nextMeasure { try measure(trainer) }
    if ContinuousClock.now >= nextPage { try write(trainer) }
  }

  public mutating func afterTraining(_ trainer: inout some TrainingLoop) throws {
    switch trainer.failure {
    case let failure as InterruptionError: facts.status = .interrupted("\(failure)")
    case let failure?:
      facts.status = .failed("\(failure)")
      // Which layer overflows shows in the flow.
      if failure is NonFiniteGradientError { try? measure(trainer) }
    case nil:
      facts.status = .finished
      try measure(trainer)
    }
    try write(trainer)
  }

  private mutating func measure(_ trainer: some TrainingLoop) throws {
    guard let examples else { return }
    let start = ContinuousClock.now
    // With the first step the size of a batch is known, and what the optimizer remembers.
    if !isPlanned, batchSize > 0 {
      try examples.describe(trainer, batchSize: batchSize, in: &facts.measures)
      isPlanned = true
    }
    try examples.measure(trainer, in: &facts.measures)
    nextMeasure = rested(from: start)
  }

  private mutating func write(_ trainer: some TrainingLoop) throws {
    let start = ContinuousClock.now
    (facts.history, facts.epoch, facts.steps) = (trainer.history, trainer.epoch, trainer.stepsDone)
    try write()
    nextPage = rested(from: start)
  }

  private func rested(from start: ContinuousClock.Instant) -> ContinuousClock.Instant {
    let now = ContinuousClock.now
    return now + max(.seconds(facts.refreshInterval), (now - start) * Self.rest)
  }

  private mutating func write() throws {
    facts.written = .now
    try LogFile.makeDirectory(of: path)
    let file = try OutputFile(replacing: path)
    try file.append(Array(facts.page.utf8))
    try file.commit()
  }

  /// The curves over steps, which no history has.
  public var state: [String: Tensor] {
    let numbers = facts.curve.numbers
    return ["curve": Tensor(numbers, shape: [numbers.count])]
  }

  /// Goes on with these curves; without them, as where the run had no report, from here.
  ///
  /// - Throws: `StateError` where they are no curve.
  public mutating func load(_ state: [String: Tensor]) throws {
    guard let tensor = state["curve"] else { return }
    guard tensor.dtype == .float64, tensor.rank == 1, let curve = StepCurve(numbers: tensor.elements(as: Double.self))
    else {
      var error = StateError.compare([:], with: [], of: "callback").error
      error.unusable = [
        .init(path: "curve", expected: "the curve of a RunReport", found: "\(tensor.dtype) \(tensor.shape)")
      ]
      throw error
    }
    facts.curve = curve
  }
}
