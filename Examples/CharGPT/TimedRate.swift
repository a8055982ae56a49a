import Strata

/// Ends training after some seconds of steps, and lets the learning rate follow half a cosine in that time: from a warm-up
/// of some steps to a tenth.
///
/// Its course depends on the speed of the machine, so that two runs do not agree to the last bit.
struct TimedRate: Callback {
  let seconds: Double
  let peak: Double
  let warmUp: Int

  private var elapsed = 0.0
  private var start = ContinuousClock.now

  init(seconds: Double, peak: Double, warmUp: Int) {
    (self.seconds, self.peak, self.warmUp) = (seconds, peak, warmUp)
  }

  mutating func beforeStep(_ trainer: inout some TrainingLoop) {
    let cosine = Schedule.cosine(from: peak, to: peak / 10, steps: 1000)
    let rate = cosine.rate(at: min(1000, Int(1000 * elapsed / seconds)))
    trainer.learningRate = rate * min(1, Double(trainer.stepsDone + 1) / Double(warmUp))
    start = .now
  }

  mutating func afterStep(_ trainer: inout some TrainingLoop) {
    elapsed += (ContinuousClock.now - start) / .seconds(1)
    if elapsed >= seconds { trainer.isFinished = true }
  }

  var state: [String: Tensor] { ["elapsed": Tensor([elapsed] as [Double])] }

  mutating func load(_ state: [String: Tensor]) { elapsed = state["elapsed"]?.item ?? 0 }
}
