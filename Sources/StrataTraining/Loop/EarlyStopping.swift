import StrataLayers
import StrataTensor

/// Ends training where the loss, or what a ``Monitor`` says, gets better no longer, and restores the ``BestState``.
///
/// ```swift
/// var trainer = Trainer(model, loss: loss, optimizer: optimizer, callbacks: [EarlyStopping(patience: 5)])
/// ```
///
/// It goes on counting in a later call of `fit`.
public struct EarlyStopping: Callback {
  /// How many epochs in a row may bring no gain.
  public var patience: Int {
    didSet { Self.check(patience) }
  }

  /// By how much a figure must be better than that of the last gain to be one.
  public let minimalGain: Double

  /// How many epochs have brought none since the last gain.
  public private(set) var epochsWithoutGain = 0

  /// The best epoch, and the model's state then.
  public private(set) var best: BestState

  private var lastGain: Double?

  /// A rule that waits for this many epochs.
  public init(patience: Int, monitor: Monitor = .loss, minimalGain: Double = 0) {
    Self.check(patience)
    require(
      minimalGain >= 0 && minimalGain.isFinite,
      "EarlyStopping: a minimal gain of \(minimalGain) is no distance; give 0 or more")
    self.patience = patience
    self.minimalGain = minimalGain
    best = BestState(monitor: monitor)
  }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) throws {
    try best.afterEpoch(&trainer)
    let record = trainer.history.last!
    let figure = try best.monitor.value(in: record)
    if best.monitor.isGain(figure, over: lastGain, margin: minimalGain) {
      (lastGain, epochsWithoutGain) = (figure, 0)
    } else {
      epochsWithoutGain += 1
    }
    if epochsWithoutGain >= patience { trainer.isFinished = true }
    if figure.isNaN {
      trainer.notes.append("the \(record.judge) \(best.monitor.name) of epoch \(record.epoch) is NaN, which is no gain")
    }
  }

  public func afterTraining(_ trainer: inout some TrainingLoop) throws { try best.afterTraining(&trainer) }

  public var state: [String: Tensor] {
    var state = ["epochsWithoutGain": Tensor(words: [UInt64(epochsWithoutGain)])]
    state["lastGain"] = lastGain.map { Tensor(words: [$0.bitPattern]) }
    return best.state.reduce(into: state) { $0["best." + $1.key] = $1.value }
  }

  public mutating func load(_ state: [String: Tensor]) throws {
    var bests: [String: Tensor] = [:]
    for (name, tensor) in state where name.hasPrefix("best.") { bests[String(name.dropFirst(5))] = tensor }
    var entries = [StateEntry("epochsWithoutGain", words: [[2]], limit: StateEntry.maximumCount)]
    if state["lastGain"] != nil { entries.append(StateEntry("lastGain", words: [[2]])) }
    let own = try StateError.check(state.filter { !$0.key.hasPrefix("best.") }, against: entries, of: "callback")
    try best.load(bests)
    epochsWithoutGain = Int(own["epochsWithoutGain"]!.words[0])
    lastGain = own["lastGain"].map { Double(bitPattern: $0.words[0]) }
  }

  private static func check(_ patience: Int) {
    require(
      patience >= 1, "EarlyStopping: a patience of \(patience) epochs would stop before the first; give 1 or more")
  }
}
