/// Shows a run of ``Trainer/fit(_:validation:epochs:batchSize:patience:onEpochEnd:)`` on its display.
///
/// Off a terminal a step costs a test and an addition, on one a look at the clock besides.
package struct ProgressMeter {
  private static let redrawInterval = Duration.milliseconds(100)

  /// What to say in the end.
  package var note: String?

  private let display: ProgressDisplay
  private let epochs: ClosedRange<Int>
  private let start = ContinuousClock.now
  private var epochStart = ContinuousClock.now
  private var lastDraw: ContinuousClock.Instant?
  private var state: TrainingProgress
  private var isLineOpen = false

  package init(_ display: ProgressDisplay, epochs: ClosedRange<Int>) {
    self.display = display
    self.epochs = epochs
    state = TrainingProgress(
      epoch: (epochs.lowerBound, epochs.upperBound), batches: (0, 0), training: Evaluation(),
      examplesPerSecond: .nan)
  }

  package mutating func beginEpoch(batches: Int) {
    state.batches = (0, batches)
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

  package mutating func endEpoch(_ record: EpochRecord) {
    if case .silent = display.kind { return }
    state.training = record.training
    state.validation = record.validation
    state.examplesPerSecond = record.examplesPerSecond
    estimate(.now)
    draw()
    state.epoch.number += 1
  }

  /// Ends the line of a terminal, and adds the note.
  package func finish() {
    if case .silent = display.kind { return }
    if isLineOpen { display.write("\n") }
    if let note { display.write(note + "\n") }
  }

  /// The run's time so far, spread over what is left of it.
  private mutating func estimate(_ now: ContinuousClock.Instant) {
    let inEpoch = Double(state.batches.done) / Double(max(1, state.batches.all))
    let done = Double(state.epoch.number - epochs.lowerBound) + inEpoch
    let left = Double(epochs.count) - done
    state.secondsLeft = left > 0 && done > 0 ? (now - start) / .seconds(1) * left / done : nil
  }

  private mutating func draw() {
    switch display.kind {
    case .silent: break
    case .lines: display.write(state.line() + "\n")
    case .terminal(let width):
      // The last column stays free: some terminals wrap when it is written to.
      display.write("\r" + state.line(width: width() - 1) + "\u{1B}[K")
      isLineOpen = true
    }
  }
}
