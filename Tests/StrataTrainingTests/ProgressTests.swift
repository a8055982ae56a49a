import Strata
import StrataTensor
import Testing

@testable import StrataTraining

/// The progress line of a run.
@Suite(.seeded) struct ProgressTests {
  private let state = TrainingProgress(
    epoch: (3, 30), batches: (12, 23),
    training: Evaluation(loss: 0.3412, examples: 768, predictions: (700, 768)),
    validation: nil, examplesPerSecond: 52_340.7, secondsLeft: 83.2)

  @Test func `within an epoch it has a bar and all figures`() {
    #expect(
      state.line()
        == "epoch  3/30  ━━━━━·····  batch 12/23  loss 0.3412  accuracy 91.1 %  52,340 samples/s  1:24 left")
  }

  @Test func `at the end of an epoch it has no bar, but the validation's figures`() {
    var state = state
    state.batches.done = 23
    state.validation = Evaluation(loss: 0.25, examples: 100, predictions: (93, 100))
    state.secondsLeft = nil
    let training = "epoch  3/30  loss 0.3412  accuracy 91.1 %"
    let validation = "validation loss 0.2500  accuracy 93.0 %"
    #expect(state.line() == "\(training)  \(validation)  52,340 samples/s")
  }

  @Test func `a regression has no accuracy`() {
    var state = state
    state.training = Evaluation(loss: 12.5, examples: 10)
    #expect(state.line().contains("loss 12.5000  52,340 samples/s"))
  }

  @Test func `data that do not know their count have no bar and no total`() {
    var state = state
    state.batches = (12, nil)
    state.secondsLeft = nil
    #expect(state.line() == "epoch  3/30  batch 12  loss 0.3412  accuracy 91.1 %  52,340 samples/s")
    state.epoch = (3, .max)
    #expect(state.line().hasPrefix("epoch 3  batch 12"))
  }

  @Test func `metrics of callbacks and the learning rate follow the losses`() {
    var state = state
    state.batches.done = 23
    (state.metrics, state.learningRate) = (["perplexity": 12, "F1": 0.75], 2.5e-7)
    #expect(
      state.line().hasPrefix("epoch  3/30  loss 0.3412  accuracy 91.1 %  F1 0.7500  perplexity 12.0000  rate 2.5e-07  ")
    )
  }

  /// What a display writes of epochs of one batch each.
  private func written(epochs: Int, on display: (@escaping @Sendable (String) -> Void) -> ProgressDisplay) throws
    -> String
  {
    let lines = Lines()
    var trainer = Line.trainer(rate: 0, progress: display(lines.write))
    try trainer.fit(Line.data, epochs: epochs)
    return lines.written
  }

  @Test func `a terminal keeps a line for each epoch`() throws {
    let text = try written(epochs: 3) { ProgressDisplay(.terminal(width: { 40 }), $0) }
    let kept = text.split(separator: "\n").map { $0.split(separator: "\r").last! }
    #expect(kept == (1...3).map { "epoch \($0)/3  loss 8.2000  rate 0\u{1B}[K" })
  }

  @Test(.enabled(if: Runtime.isDebugBuild))
  func `a debug build is warned of on a terminal, once a process, and never in tests`() async {
    #expect(!Runtime.warnsOfDebugBuild)
    await #expect(processExitsWith: .success) {
      func written(_ kind: ProgressDisplay.Kind) throws -> String {
        let lines = Lines()
        var trainer = Line.trainer(progress: ProgressDisplay(kind) { lines.write($0) })
        try trainer.fit(Line.data, epochs: 1)
        return lines.written
      }
      let terminal = ProgressDisplay.Kind.terminal(width: { 40 })
      Runtime.warnsOfDebugBuild = true
      let warned = [try written(.lines), try written(terminal), try written(terminal)]
      #expect(warned.map { $0.hasPrefix("warning: this is a debug build") } == [false, true, false])
      (Runtime.warnsOfDebugBuild, Runtime.warnsOfDebugBuild) = (true, false)
      #expect(try written(terminal).hasPrefix("\repoch"))
    }
  }

  @Test func `lines can be kept for every n-th epoch and the last`() throws {
    let text = try written(epochs: 7) { .lines(to: $0).every(3) }
    #expect(text.split(separator: "\n").map { $0.prefix(9) } == ["epoch 3/7", "epoch 6/7", "epoch 7/7"])
    let terminal = try written(epochs: 7) { ProgressDisplay(.terminal(width: { 40 }), $0).every(3) }
    #expect(
      terminal.split(separator: "\n").map { $0.split(separator: "\r").last!.prefix(9) } == [
        "epoch 3/7", "epoch 6/7", "epoch 7/7",
      ])
  }

  @Test func `in a narrow terminal whole figures are left out from the end`() {
    #expect(state.line(width: 50) == "epoch  3/30  ━━━━━·····  batch 12/23")
    for width in 0..<100 {
      let line = state.line(width: width)
      #expect(line.count <= width)
      #expect(state.line().hasPrefix(line))
    }
  }

  @Test(arguments: [(0, "0:00"), (0.2, "0:01"), (59.5, "1:00"), (750, "12:30"), (3723, "1:02:03")])
  func `time is hours, minutes and seconds`(seconds: Double, text: String) {
    #expect(clockText(seconds) == text)
  }

  @Test func `the estimate of an unmeasured time is a dash`() {
    #expect(clockText(.infinity) == "–")
    #expect(clockText(.nan) == "–")
  }
}
