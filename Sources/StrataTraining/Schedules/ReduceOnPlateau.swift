import StrataLayers
import StrataTensor

/// Lowers the learning rate where a loss falls no longer: rate ← max(rate · factor, minimum) after more than
/// `patience` evaluations in a row without a gain.
///
/// ```swift
/// var plateau = ReduceOnPlateau(patience: 3)
/// optimizer.learningRate = plateau.rate(after: loss, from: optimizer.learningRate)    // each epoch
/// ```
///
/// A gain is a finite figure that is more than threshold · |best| better than the best so far; NaN is none. A ``Trainer``
/// that has it among its callbacks runs the second line itself, by the validation loss, else that of training, or by
/// what the ``Monitor`` says. It remembers, so save it (it is `Codable`) to resume a run. PyTorch's
/// `ReduceLROnPlateau`.
///
/// PyTorch's takes a negative loss that stays for a gain: see the article "Differences from PyTorch".
public struct ReduceOnPlateau: Callback, Codable, Equatable {
  /// What the rate is multiplied by on a plateau.
  public let factor: Double
  /// How many evaluations without a gain are waited for.
  public let patience: Int
  /// By what share of the best figure so far one must be better to be a gain.
  public let threshold: Double

  /// For how many evaluations after a reduction none is held against it.
  public let cooldown: Int
  /// The rate below which it does not go.
  public let minimum: Double

  /// What is judged.
  public let monitor: Monitor

  /// The best figure so far: the lowest loss.
  public private(set) var best: Double?
  private var evaluationsWithoutGain = 0
  private var cooldownLeft = 0

  public init(
    factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0,
    minimum: Double = 0, monitor: Monitor = .loss
  ) {
    require(
      0..<1 ~= factor && patience >= 0 && cooldown >= 0,
      "ReduceOnPlateau: factor \(factor) must lie in 0..<1, and patience \(patience) and cooldown \(cooldown) "
        + "must not be negative")
    requireOption("ReduceOnPlateau: threshold", threshold, .notNegative)
    requireOption("ReduceOnPlateau: minimum", minimum, .notNegative)
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.cooldown = cooldown
    self.minimum = minimum
    self.monitor = monitor
  }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) throws {
    trainer.learningRate = rate(after: try monitor.value(in: trainer.history.last!), from: trainer.learningRate)
  }

  public var state: [String: Tensor] {
    var state = ["counts": Tensor(words: [evaluationsWithoutGain, cooldownLeft].map(UInt64.init))]
    state["best"] = best.map { Tensor(words: [$0.bitPattern]) }
    return state
  }

  public mutating func load(_ state: [String: Tensor]) throws {
    var entries = [StateEntry("counts", words: [[4]], limit: StateEntry.maximumCount)]
    if state["best"] != nil { entries.append(StateEntry("best", words: [[2]])) }
    let state = try StateError.check(state, against: entries, of: "callback")
    (evaluationsWithoutGain, cooldownLeft) = (Int(state["counts"]!.words[0]), Int(state["counts"]!.words[1]))
    best = state["best"].map { Double(bitPattern: $0.words[0]) }
  }

  /// The rate to go on with after an evaluation that gave this figure.
  public mutating func rate(after figure: Double, from rate: Double) -> Double {
    if figure.isFinite, monitor.isGain(figure, over: best, margin: threshold * abs(best ?? 0)) {
      best = figure
      evaluationsWithoutGain = 0
    } else {
      evaluationsWithoutGain += 1
    }
    if cooldownLeft > 0 {
      cooldownLeft -= 1
      evaluationsWithoutGain = 0
    }
    guard evaluationsWithoutGain > patience else { return rate }
    cooldownLeft = cooldown
    evaluationsWithoutGain = 0
    let reduced = max(rate * factor, minimum)
    return rate - reduced > 1e-8 ? reduced : rate  // PyTorch's eps: no smaller change is made
  }
}

extension ReduceOnPlateau {
  /// The plateau that was saved.
  ///
  /// - Throws: `DecodingError` where a number has no meaning.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    factor = try values.decode(in: 0...1.0.nextDown, forKey: .factor)
    patience = try values.decode(in: 0...Int.max, forKey: .patience)
    threshold = try values.decodeFinite(forKey: .threshold)
    cooldown = try values.decode(in: 0...Int.max, forKey: .cooldown)
    minimum = try values.decodeFinite(forKey: .minimum)
    best = values.contains(.best) ? try values.decodeFinite(forKey: .best) : nil
    evaluationsWithoutGain = try values.decodeCount(forKey: .evaluationsWithoutGain)
    cooldownLeft = try values.decode(in: 0...cooldown, forKey: .cooldownLeft)
    monitor = try values.decodeIfPresent(Monitor.self, forKey: .monitor) ?? .loss
  }
}
