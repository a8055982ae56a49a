import StrataTensor
import Testing

@testable import StrataTraining

/// The progress line of a run.
@Suite struct ProgressTests {
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
