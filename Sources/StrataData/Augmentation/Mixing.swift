import StrataTensor

/// A way to make one example of two, with the labels in the same parts: see
/// ``BatchSource/mixed(by:classes:probability:seed:)``.
public enum Mixing: Sendable {
  /// x ← λ x + (1 − λ) x′ and y ← λ y + (1 − λ) y′, with λ of the distribution Beta(α, α).
  ///
  /// Zhang, Cissé, Dauphin and Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", 2018.
  case mixUp(alpha: Double = 0.2)

  /// A rectangle of x′ in the image x, and y ← λ y + (1 − λ) y′ where 1 − λ is the rectangle's share of the area.
  ///
  /// With λ of the distribution Beta(α, α) its sides are √(1 − λ) of the image's, and its center is anywhere in the image,
  /// by whose edges it is cut. Yun and others, "CutMix", 2019.
  case cutMix(alpha: Double = 1)

  var alpha: Double {
    switch self {
    case .mixUp(let alpha), .cutMix(let alpha): alpha
    }
  }
}
