import StrataLayers
import StrataTensor

/// Averages of a model's parameters, which can take their place: what ``EMA`` and ``SWA`` have in common.
struct WeightAverage: Sendable {
  /// The averages by path; empty before the first.
  private(set) var values: [String: Tensor] = [:]

  /// How many states of the model are in them.
  private(set) var count = 0

  /// The trained values while the averages are in the model: parameters, and statistics where they were recomputed.
  private var own: [String: Tensor] = [:]

  private var parameters: [(path: String, parameter: Parameter)] = []
  private var statistics: [(path: String, statistic: Statistic)] = []
  private let source: StatisticsSource?

  init(_ source: StatisticsSource?) { self.source = source }

  /// Whether the averages are in the model.
  var isInPlace: Bool { !own.isEmpty }

  /// Finds the parameters of the model, and goes on from its own weights where the last training has left the averages in
  /// it.
  mutating func begin(_ model: some Module, for callback: String) throws {
    source?.requireInputs(of: model, for: callback)
    let contents = ModelContents(of: model)
    parameters = contents.parameters.filter { !contents.frozen.contains(ObjectIdentifier($0.parameter)) }
    statistics = source == nil ? [] : contents.statistics
    if count > 0 {
      values = try StateError.check(
        values, against: parameters.map { StateEntry($0.path, like: $0.parameter.value) }, of: "callback")
    }
    if isInPlace {
      own = try StateError.check(
        own,
        against: parameters.map { StateEntry($0.path, like: $0.parameter.value) }
          + statistics.map { StateEntry($0.path, like: $0.statistic.value) }, of: "callback")
      // Where somebody has loaded other weights since, these are what is trained.
      if parameters.allSatisfy({ $0.parameter.value.isIdentical(to: values[$0.path]!) }) {
        takeOut()
      } else {
        own = [:]
      }
    }
  }

  /// Adds the model as it is: average ← average + part · (w − average), of the first w itself.
  mutating func add(_ model: some Module, for callback: String, _ part: (_ count: Int) -> Double) throws {
    // A step by itself comes without the beginning of a training.
    if parameters.isEmpty { try begin(model, for: callback) }
    let part = part(count)
    for (path, parameter) in parameters {
      let value = parameter.value
      if count == 0 {
        values[path] = value
      } else {
        values[path]! += part * (value - values[path]!)
      }
    }
    count += 1
  }

  /// Puts the averages into the model, with statistics gathered for them where there is a source.
  mutating func putIn(_ model: some Module) throws {
    guard count > 0, !isInPlace else { return }
    for (path, parameter) in parameters { own[path] = parameter.value }
    for (path, statistic) in statistics { own[path] = statistic.value }
    ModelSnapshot.changes.share { for (path, parameter) in parameters { parameter.value = values[path]! } }
    do { try source?.recomputeStatistics(of: model) } catch {
      takeOut()
      throw error
    }
  }

  /// Puts back what was there before.
  mutating func takeOut() {
    guard isInPlace else { return }
    ModelSnapshot.changes.share {
      for (path, parameter) in parameters { parameter.value = own[path]! }
      for (path, statistic) in statistics { statistic.value = own[path]! }
    }
    own = [:]
  }

  var state: [String: Tensor] {
    guard count > 0 else { return [:] }
    var state = ["count": Tensor(words: [UInt64(count)])]
    for (path, value) in values { state["average." + path] = value }
    for (path, value) in own { state["own." + path] = value }
    return state
  }

  mutating func load(_ state: [String: Tensor]) throws {
    func under(_ prefix: String) -> [String: Tensor] {
      state.reduce(into: [:]) { if $1.key.hasPrefix(prefix) { $0[String($1.key.dropFirst(prefix.count))] = $1.value } }
    }
    let (averages, others) = (under("average."), under("own."))
    if state.isEmpty { return (count, values, own) = (0, [:], [:]) }
    let rest = state.filter { !$0.key.hasPrefix("average.") && !$0.key.hasPrefix("own.") }
    let entry = StateEntry("count", words: [[2]], limit: StateEntry.maximumCount)
    count = Int(try StateError.check(rest, against: [entry], of: "callback")["count"]!.words[0])
    (values, own) = (averages, others)
  }
}
