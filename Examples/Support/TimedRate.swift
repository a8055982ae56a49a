import Strata

/// Ends training after some seconds of steps, and lets the learning rate follow a schedule of ``parts`` steps in that time,
/// from a warm-up of some real steps on.
///
/// Its course depends on the speed of the machine, so that two runs do not agree to the last bit.
public struct TimedRate: Callback {
  /// How many steps the schedule has for the whole time.
  public static let parts = 1000

  private let seconds: Double
  private let schedule: Schedule
  private let warmUp: Int

  private var elapsed = 0.0
  private var start = ContinuousClock.now

  /// Training of this length.
  ///
  /// - Parameters:
  ///   - seconds: The time of all steps.
  ///   - schedule: The rates, of which the last is that after ``parts`` steps.
  ///   - warmUp: In how many steps the rate rises from 0 to the schedule's; 1 for none.
  public init(seconds: Double, schedule: Schedule, warmUp: Int = 1) {
    (self.seconds, self.schedule, self.warmUp) = (seconds, schedule, warmUp)
  }

  public mutating func beforeStep(_ trainer: inout some TrainingLoop) {
    let rate = schedule.rate(at: Int(Double(Self.parts) * min(1, elapsed / seconds)))
    trainer.learningRate = rate * min(1, Double(trainer.stepsDone + 1) / Double(warmUp))
    start = .now
  }

  public mutating func afterStep(_ trainer: inout some TrainingLoop) {
    elapsed += (ContinuousClock.now - start) / .seconds(1)
    if elapsed >= seconds { trainer.isFinished = true }
  }

  public var state: [String: Tensor] { ["elapsed": Tensor([elapsed] as [Double])] }

  public mutating func load(_ state: [String: Tensor]) { elapsed = state["elapsed"]?.item ?? 0 }
}
