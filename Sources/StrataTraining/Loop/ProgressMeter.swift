import StrataTensor

/// Shows how training goes on a display: a ``Trainer`` has one of its ``Trainer/progress``, after its callbacks.
///
/// Off a terminal a step costs a test and an addition, on one a look at the clock besides. Curves are drawn where the
/// display has them: ``ProgressDisplay/withCurves(rows:)``.
public struct ProgressMeter {
  private static let redrawInterval = Duration.milliseconds(100)

  private let display: ProgressDisplay
  private var epochsBefore: Int
  private var start = ContinuousClock.now
  private var epochStart = ContinuousClock.now
  private var lastDraw: ContinuousClock.Instant?
  private var state: TrainingProgress
  private var isLineOpen = false
  /// Whether the last epoch's line would not be kept if another epoch came.
  private var isLineOwed = false

  // What the curves of a terminal show.
  private var losses = StepCurve()
  private var judgedLosses: [(x: Double, y: Double)] = []
  private var chart: (lines: [String], drawn: ContinuousClock.Instant)?
  /// The lines on the terminal that the next drawing takes the place of: the open line and the curves below it.
  private var drawnLines = 0

  /// A meter that shows the epochs of each call of `fit`.
  public init(_ display: ProgressDisplay) { self.init(display, epochs: 1...1) }

  package init(_ display: ProgressDisplay, epochs: ClosedRange<Int>) {
    self.display = display
    epochsBefore = epochs.lowerBound - 1
    state = TrainingProgress(
      epoch: (epochs.lowerBound, epochs.upperBound), batches: (0, 0), training: Evaluation(),
      examplesPerSecond: .nan)
  }

  package mutating func beginEpoch(batches: Int?) {
    state.batches = (0, batches)
    state.metrics = [:]
    epochStart = .now
  }

  package mutating func endStep(_ training: Evaluation) {
    state.batches.done += 1
    guard case .terminal = display.kind else { return }
    let now = ContinuousClock.now
    if let lastDraw, now - lastDraw < Self.redrawInterval { return }
    lastDraw = now
    state.training = training
    let seconds = (now - epochStart) / .seconds(1)
    if seconds > 0 { state.examplesPerSecond = Double(training.examples) / seconds }
    estimate(now)
    draw()
  }

  /// Ends the line of a terminal. Curves below it go, since what others write next would meet them.
  package mutating func finish() {
    let up = drawnLines > 1 ? "\u{1B}[\(drawnLines - 1)A" : ""
    if isLineOpen { display.write(drawnLines == 0 ? "\n" : up + "\u{1B}[J") }
    (isLineOpen, drawnLines) = (false, 0)
  }

  private mutating func endEpoch(_ record: EpochRecord) {
    if case .silent = display.kind { return }
    state.training = record.training
    state.validation = record.validation
    state.metrics = record.metrics
    state.examplesPerSecond = record.examplesPerSecond
    state.batches.all = state.batches.done
    state.learningRate = record.learningRate
    estimate(.now)
    isLineOwed = record.epoch % display.interval != 0
    if isLineOwed, case .lines = display.kind { return }
    draw()
    if !isLineOwed { finish() }
  }

  /// The run's time so far, spread over what is left of it.
  private mutating func estimate(_ now: ContinuousClock.Instant) {
    guard let batches = state.batches.all, state.epoch.last < .max else { return state.secondsLeft = nil }
    let done = Double(state.epoch.number - 1 - epochsBefore) + Double(state.batches.done) / Double(max(1, batches))
    let left = Double(state.epoch.last - epochsBefore) - done
    state.secondsLeft = left > 0 && done > 0 ? (now - start) / .seconds(1) * left / done : nil
  }

  private mutating func draw() {
    switch display.kind {
    case .silent: break
    case .lines: display.write(state.line() + "\n")
    case .terminal(let width):
      // The last column stays free: some terminals wrap when it is written to.
      let columns = width() - 1
      let line = "\r" + state.line(width: columns) + "\u{1B}[K"
      if let curves = display.curves {
        let lines = chartLines(curves, columns)
        let up = drawnLines > 0 ? "\u{1B}[\(drawnLines)A" : ""
        display.write(up + line + "\n" + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
        drawnLines = 1 + lines.count
      } else {
        display.write(line)
      }
      isLineOpen = true
    }
  }

  /// The curves, drawn again at most ten times a second.
  private mutating func chartLines(_ curves: ProgressDisplay.Curves, _ columns: Int) -> [String] {
    let now = ContinuousClock.now
    if let chart, now - chart.drawn < Self.redrawInterval { return chart.lines }
    // The line, the curves with their steps, and the line that the cursor is on.
    guard curves.height() >= curves.rows + 3 else { return [] }
    let chart = BrailleChart(rows: curves.rows, columns: columns, isColoured: curves.isColoured)
    let lines = chart.lines([
      .init(name: "training", points: losses.points.map { (Double($0.lastStep), $0.loss) }, colour: 36),
      .init(name: "validation", points: judgedLosses, colour: 33),
    ])
    self.chart = (lines, now)
    return lines
  }
}

extension ProgressMeter: Callback {
  public mutating func beforeTraining(_ trainer: inout some TrainingLoop) {
    (epochsBefore, start, state.validation) = (trainer.epochsDone, .now, nil)
    if case .terminal = display.kind, let warning = Runtime.takeDebugBuildWarning() { display.write(warning + "\n") }
  }

  public mutating func beforeEpoch(_ trainer: inout some TrainingLoop) {
    let epoch = trainer.epoch!
    state.epoch = (epoch.number, epoch.last)
    beginEpoch(batches: epoch.batchCount)
    guard display.curves != nil else { return }
    // Until the first step has its turn: the curves have been gone since the last epoch's end.
    (state.training, state.examplesPerSecond) = (Evaluation(), .nan)
    draw()
  }

  public mutating func afterStep(_ trainer: inout some TrainingLoop) {
    state.learningRate = trainer.learningRate
    if display.curves != nil {
      losses.add(step: trainer.stepsDone, loss: trainer.lastStep!.loss, rate: trainer.learningRate)
    }
    endStep(trainer.epoch!.training)
  }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) {
    if display.curves != nil, let judged = trainer.history.last!.validation {
      judgedLosses.append((Double(trainer.stepsDone), judged.loss))
    }
    endEpoch(trainer.history.last!)
    showNotes(of: &trainer)
  }

  public mutating func afterTraining(_ trainer: inout some TrainingLoop) {
    if isLineOwed { draw() }
    (isLineOwed, state.learningRate) = (false, nil)
    finish()
    showNotes(of: &trainer)
    if let curves = display.curves, case .terminal(let width) = display.kind {
      chart = nil
      display.write(chartLines(curves, width() - 1).map { $0 + "\n" }.joined())
    }
  }

  private mutating func showNotes(of trainer: inout some TrainingLoop) {
    if !trainer.notes.isEmpty { finish() }
    for note in trainer.notes { display.write(note + "\n") }
    trainer.notes = []
  }
}
