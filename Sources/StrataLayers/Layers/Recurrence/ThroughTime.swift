import StrataTensor

/// What backpropagation through time is asked for.
public struct ThroughTime: Sendable {
  /// The steps after which it is truncated: no gradient passes from the steps k, 2k, … to those before. Nil for no limit.
  public var truncation: Int? {
    didSet { requireTruncation() }
  }

  /// Whether dL/dx is wanted.
  public var wantsInput: Bool

  /// Whether the gradient's norm at each step is wanted.
  public var measuresNorms: Bool

  /// By default dL/dx with no limit of steps.
  public init(truncation: Int? = nil, wantsInput: Bool = true, measuresNorms: Bool = false) {
    self.truncation = truncation
    self.wantsInput = wantsInput
    self.measuresNorms = measuresNorms
    requireTruncation()
  }

  private func requireTruncation() {
    require(truncation ?? 1 >= 1, "a truncation to \(truncation ?? 0) steps is not possible; give 1 or more")
  }

  /// Whether no gradient goes to the state before this step.
  public func cuts(before step: Int) -> Bool { truncation.map { step > 0 && step % $0 == 0 } ?? false }
}
