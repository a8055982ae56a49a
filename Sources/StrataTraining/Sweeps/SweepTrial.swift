import StrataTensor

/// A trial of a sweep: what its body makes a model from.
public struct SweepTrial: Sendable {
  /// Which trial it is, from 0; the same in each round.
  public let number: Int

  /// The value of each hyperparameter.
  public let values: [String: SweepValue]

  /// How much training the trial is given, such as epochs: 1 but in a
  /// ``SweepStrategy/successiveHalving(trials:factor:budget:)``.
  public let budget: Int

  /// The seed of the trial, in which its body runs: that of `withSeed`, and by default of its trainers.
  public let seed: UInt64

  /// Returns a hyperparameter that is a number.
  public func number(_ name: String) -> Double {
    guard case .number(let number) = value(name) else {
      stop("trial.number(\"\(name)\"): it is the text \"\(value(name))\"; ask for it by trial.text")
    }
    return number
  }

  /// Returns a hyperparameter that is a whole number.
  public func wholeNumber(_ name: String) -> Int {
    let number = number(name)
    guard let whole = Int(exactly: number) else {
      stop("trial.wholeNumber(\"\(name)\"): it is \(number); ask for it by trial.number")
    }
    return whole
  }

  /// Returns a hyperparameter as text.
  public func text(_ name: String) -> String { value(name).description }

  private func value(_ name: String) -> SweepValue {
    guard let value = values[name] else {
      let near = nearest(to: name, among: Array(values.keys)).map { "; did you mean \"\($0)\"?" } ?? ""
      stop("the sweep is over \(values.keys.sorted().joined(separator: ", ")), not \"\(name)\"\(near)")
    }
    return value
  }
}
