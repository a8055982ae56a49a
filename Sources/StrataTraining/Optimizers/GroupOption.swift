/// An option that a ``ParameterGroup`` can give of an optimizer, besides those of every optimizer.
public enum GroupOption: String, Sendable, CaseIterable {
  /// The decay rates of two running means, β₁ and β₂.
  case betas

  /// The factor of the velocity so far in the next, μ.
  case momentum

  /// What is added to a divisor, ε.
  case epsilon
}
