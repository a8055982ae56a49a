import StrataTensor

/// L = Σ wᵢ Lᵢ of objectives of the same output and target:
///
/// ```swift
/// let loss = MeanSquaredError().adding(MeanAbsoluteError(), weight: 0.1)
/// ```
///
/// A batch in parts, and measures over many batches, weight each part by the divisor of the first term. Let all terms be
/// means over the same samples, or all sums.
///
/// # Backward
/// The gradient is Σ wᵢ dLᵢ/doutput.
public struct WeightedSum<Output: TensorGroup, Target: TensorGroup>: Objective {
  /// The terms and their weights; there is at least one.
  public let terms: [(weight: Double, objective: any Objective<Output, Target>)]

  fileprivate init(_ terms: [(weight: Double, objective: any Objective<Output, Target>)]) { self.terms = terms }

  /// Returns the loss, and its gradient by the output.
  public func evaluate(_ output: consuming Output, _ target: Target) -> (value: Double, gradient: Output) {
    let output = output
    let parts = terms.map { term in
      let (value, gradient) = term.objective.evaluate(output, target)
      return (value: term.weight * value, gradient: gradient.mapped { $0 * term.weight })
    }
    return (
      parts.reduce(0) { $0 + $1.value },
      parts.dropFirst().reduce(parts[0].gradient) { $0.combined(with: $1.gradient) { $0 + $1 } }
    )
  }

  /// Returns what the sum over the samples is divided by.
  public func divisor(of target: Target) -> Double { terms[0].objective.divisor(of: target) }

  /// Throws `TargetError` unless the target fits outputs of these shapes.
  public func validate(_ target: Target, for output: [Shape]) throws {
    for term in terms { try term.objective.validate(target, for: output) }
  }

  /// The class index of samples that do not count.
  public var ignoredIndex: Int? { terms.lazy.compactMap(\.objective.ignoredIndex).first }

  /// Adds the gradients of the penalties of weights, and returns the penalties.
  public func addPenalty(scaledBy scale: Double, to gradients: inout Gradients) -> Double {
    var total = 0.0
    for term in terms { total += term.objective.addPenalty(scaledBy: scale * term.weight, to: &gradients) }
    return total
  }
}

extension Objective {
  /// Returns w times the objective; −1 makes large what is made small without it.
  public func scaled(by weight: Double) -> WeightedSum<Output, Target> {
    requireOption("\(Self.self).scaled(by:): the weight", weight, .finite)
    return WeightedSum(terms.map { (weight * $0.weight, $0.objective) })
  }

  /// Returns the sum of the objective and of another, times a weight.
  public func adding<Other: Objective<Output, Target>>(
    _ other: Other, weight: Double = 1
  ) -> WeightedSum<Output, Target> { WeightedSum(terms + other.scaled(by: weight).terms) }

  /// The terms of a sum; else the objective itself, with the weight 1.
  private var terms: [(weight: Double, objective: any Objective<Output, Target>)] {
    (self as? WeightedSum<Output, Target>)?.terms ?? [(1, self)]
  }
}
