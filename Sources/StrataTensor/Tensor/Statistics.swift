// Spread, length and other measures along axes; without an axis, of all elements as a tensor of shape [].
extension Tensor {
  /// Returns the variance along an axis, Σ (x − mean)² / (n − correction): by default the unbiased estimate, as in
  /// PyTorch; NumPy's has a correction of 0.
  public func variance(along axis: Int, keepingAxis: Bool = false, correction: Double = 1) -> Tensor {
    let deviation = self - mean(along: axis, keepingAxis: true)
    return (deviation * deviation).sum(along: axis, keepingAxis: keepingAxis)
      / Swift.max(0, Double(shape[axis]) - correction)
  }

  /// Returns the variance of all elements.
  public func variance(correction: Double = 1) -> Tensor {
    reshaped([count]).variance(along: 0, correction: correction)
  }

  /// Returns the standard deviation along an axis, the square root of the variance.
  public func std(along axis: Int, keepingAxis: Bool = false, correction: Double = 1) -> Tensor {
    sqrt(variance(along: axis, keepingAxis: keepingAxis, correction: correction))
  }

  /// Returns the standard deviation of all elements.
  public func std(correction: Double = 1) -> Tensor { sqrt(variance(correction: correction)) }

  /// Returns the p-norm along an axis, (Σ |x|ᵖ)^(1/p), whose sums are in double precision: for p = ∞ the largest |x|, for
  /// −∞ the smallest, for 0 the number of elements that are not 0.
  public func norm(_ p: Double = 2, along axis: Int, keepingAxis: Bool = false) -> Tensor {
    switch p {
    case .infinity: return abs(self).max(along: axis, keepingAxis: keepingAxis)
    case -.infinity: return abs(self).min(along: axis, keepingAxis: keepingAxis)
    case 0: return (self .!= 0).sum(along: axis, keepingAxis: keepingAxis)
    case 1: return abs(self).sum(along: axis, keepingAxis: keepingAxis)
    case 2: return reduced(along: axis, keepingAxis: keepingAxis, by: .norm)
    default:
      let powers = pow(abs(converted(to: .float64)), p)
      return pow(powers.sum(along: axis, keepingAxis: keepingAxis), 1 / p).converted(to: dtype)
    }
  }

  /// Returns the p-norm of all elements.
  public func norm(_ p: Double) -> Tensor { reshaped([count]).norm(p, along: 0) }
}

/// Returns log Σ exp(xᵢ) along an axis, stable for any x: −∞ where all are, ∞ where one is, NaN where there is one.
public func logSumExp(_ x: Tensor, along axis: Int = -1, keepingAxis: Bool = false) -> Tensor {
  let m = x.max(along: axis, keepingAxis: true)
  let shift = m.replacing(with: 0, where: abs(m) .== .infinity)
  let y = shift + log(exp(x - shift).sum(along: axis, keepingAxis: true))
  return keepingAxis ? y : y.squeezed(axis)
}
