import StrataTensor

/// L = base + Σ (λ₁ |w| + λ₂ w²) over weights of a model.
///
/// ```swift
/// let loss = MeanSquaredError().regularized(l1: 1e-4, on: model.parameters(matching: "*weight"))
/// ```
///
/// The penalty is part of the loss that training reports, once a step however many parts the batch has, and not of an
/// evaluation, which is of the outputs alone. Parameters that no gradient reaches, such as those of frozen layers, are left
/// out. Weight decay of an optimizer is something else where the optimizer scales its steps: see `AdamW`.
///
/// # Backward
/// The gradient by the output is the base's; each weight's receives λ₁ sign(w) + 2λ₂ w.
///
/// Tibshirani, "Regression Shrinkage and Selection via the Lasso", 1996; Zou and Hastie, "Regularization and Variable Selection
/// via the Elastic Net", 2005.
public struct Regularized<Base: Objective>: Objective {
  /// The objective without the penalty.
  public let base: Base
  /// λ₁, the factor of absolute values.
  public let l1: Double
  /// λ₂, the factor of squares.
  public let l2: Double
  /// The weights.
  public let parameters: [Parameter]

  /// An objective with a penalty on these parameters.
  public init(_ base: Base, l1: Double = 0, l2: Double = 0, on parameters: [Parameter]) {
    requireOption("Regularized: l1", l1, .notNegative)
    requireOption("Regularized: l2", l2, .notNegative)
    self.base = base
    (self.l1, self.l2) = (l1, l2)
    self.parameters = parameters
  }

  /// Returns the loss, and its gradient by the output.
  public func evaluate(
    _ output: consuming Base.Output, _ target: Base.Target
  ) -> (value: Double, gradient: Base.Output) { base.evaluate(output, target) }

  /// Returns the loss.
  public func callAsFunction(_ output: Base.Output, _ target: Base.Target) -> Double { base(output, target) }

  /// Returns what the sum over the samples is divided by.
  public func divisor(of target: Base.Target) -> Double { base.divisor(of: target) }

  /// Throws `TargetError` unless the target fits outputs of these shapes.
  public func validate(_ target: Base.Target, for output: [Shape]) throws { try base.validate(target, for: output) }

  /// The class index of samples that do not count.
  public var ignoredIndex: Int? { base.ignoredIndex }

  /// Adds the gradients of the penalties of weights, and returns the penalties.
  public func addPenalty(scaledBy scale: Double, to gradients: inout Gradients) -> Double {
    var total = base.addPenalty(scaledBy: scale, to: &gradients)
    for parameter in parameters where gradients[parameter] != nil {
      let w = parameter.value
      total += scale * (l1 * abs(w).total + l2 * w.sumOfSquares)
      gradients.add(scale * l1 * sign(w) + 2 * scale * l2 * w, to: parameter)
    }
    return total
  }
}

extension Objective {
  /// Returns the objective with λ₁ Σ |w| + λ₂ Σ w² over these parameters added in training.
  public func regularized(l1: Double = 0, l2: Double = 0, on parameters: [Parameter]) -> Regularized<Self> {
    Regularized(self, l1: l1, l2: l2, on: parameters)
  }
}

extension Module {
  /// Returns the parameters whose paths match a pattern, in which `*` stands for any letters, or none; stops where there is
  /// none.
  public func parameters(matching pattern: String) -> [Parameter] {
    let all = parameters
    let found = all.filter { matches($0.path, glob: pattern) }.map(\.parameter)
    if found.isEmpty {
      let similar = nearest(to: pattern, among: all.map(\.path)) ?? "none, for the model has no parameters"
      stop("parameters(matching:): \"\(pattern)\" matches no parameter of the model; the nearest path is \(similar)")
    }
    return found
  }
}
