// Spread, length and other measures along axes; without an axis, of all elements as a tensor of shape [].
extension Tensor {
  /// Returns the variance along an axis, Σ (x − mean)² / (n − correction): by default the unbiased estimate, as in
  /// PyTorch; NumPy's has a correction of 0.
  public func variance(along axis: Int, keepingAxis: Bool = false, correction: Double = 1) -> Tensor {
    reduced(along: axis, keepingAxis: keepingAxis, by: .squaredDeviations)
      / Swift.max(0, Double(shape[axis]) - correction)
  }

  /// Returns the variance of all elements.
  public func variance(correction: Double = 1) -> Tensor {
    func squares<T: KernelScalar>(_: T.Type) -> Double {
      // Blocks are joined as the kernel joins parts of a block.
      var (total, mean, seen) = (0.0, 0.0, 0.0)
      for (index, block) in blocks(T.moments).enumerated() {
        let length = Double(Swift.min(elementGrain, count - index * elementGrain))
        let (distance, share) = (block.mean - mean, length / (seen + length))
        total += block.squares + distance * distance * share * seen
        mean += distance * share
        seen += length
      }
      return total
    }
    let sum = dtype.withKernels(for: "variance") { squares($0) }
    return Tensor(repeating: sum / Swift.max(0, Double(count) - correction), shape: [], dtype: dtype)
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
  x.requireElements(along: axis, "logSumExp")
  return x.reduced(along: axis, keepingAxis: keepingAxis, by: .logSumExp)
}
