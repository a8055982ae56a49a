import StrataLayers
import StrataTensor

/// Keeps the model's state of the best epoch, and restores it at the end.
///
/// The best has the lowest loss, or what the ``Monitor`` says; NaN is never the best. Parameters and statistics are
/// restored, also where training ends with an error; the optimizer's memory is not. After an ``EMA`` or ``SWA``, which
/// comes before it among the callbacks, they are the averaged ones that the epoch was judged by.
public struct BestState: Callback {
  /// What is judged.
  public let monitor: Monitor

  /// Which epoch was the best so far; nil before the first.
  public private(set) var epoch: Int?

  /// The best figure; nil before the first epoch.
  public private(set) var figure: Double?

  /// The model's state then. It shares memory with the parameters until the next update, which writes to fresh memory
  /// once.
  public private(set) var modelState: [String: Tensor] = [:]

  /// Nothing kept yet.
  public init(monitor: Monitor = .loss) { self.monitor = monitor }

  public mutating func afterEpoch(_ trainer: inout some TrainingLoop) throws {
    let record = trainer.history.last!
    let value = try monitor.value(in: record)
    if monitor.isGain(value, over: figure) { (epoch, figure, modelState) = (record.epoch, value, trainer.judgedState) }
  }

  public func afterTraining(_ trainer: inout some TrainingLoop) throws {
    guard let epoch, epoch != trainer.epochsDone || trainer.failure != nil else { return }
    try trainer.model.load(modelState)
    trainer.notes.append(
      "the \(monitor.isHigherBetter ? "highest" : "lowest") \(trainer.history.last?.judge ?? "") \(monitor.name) was "
        + "epoch \(epoch)'s, whose state is restored")
  }

  public var state: [String: Tensor] {
    guard let epoch, let figure else { return [:] }
    let best = ["best": Tensor(words: [UInt64(epoch), figure.bitPattern])]
    return modelState.reduce(into: best) { $0["model." + $1.key] = $1.value }
  }

  public mutating func load(_ state: [String: Tensor]) throws {
    if state.isEmpty { return (epoch, figure, modelState) = (nil, nil, [:]) }
    var (models, own): ([String: Tensor], [String: Tensor]) = ([:], [:])
    for (name, tensor) in state {
      if name.hasPrefix("model.") { models[String(name.dropFirst(6))] = tensor } else { own[name] = tensor }
    }
    let best = try StateError.check(own, against: [StateEntry("best", words: [[4]])], of: "callback")["best"]!.words
    (epoch, figure, modelState) = (Int(truncatingIfNeeded: best[0]), Double(bitPattern: best[1]), models)
  }
}
