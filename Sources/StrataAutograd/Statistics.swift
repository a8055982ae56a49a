import StrataTensor

// Products, running totals, spread and length along an axis.
extension Variable {
  /// Returns the sums of the elements up to each along an axis; the transpose sums from each to the end.
  public func cumulativeSum(along axis: Int) -> Variable {
    mapped("cumulativeSum", { $0.cumulativeSum(along: axis) }) {
      $0.flipped(along: axis).cumulativeSum(along: axis).flipped(along: axis)
    }
  }

  /// Returns the products of the elements up to each along an axis. The derivative is that of log n products of the
  /// whole axis with itself moved by 1, 2, 4, …, and holds where elements are 0.
  public func cumulativeProduct(along axis: Int) -> Variable {
    let length = shape[axis]
    var (product, step) = (self, 1)
    while step < length {
      product = product * product.sliced(0..<length - step, along: axis).padded(before: step, along: axis, with: 1)
      step *= 2
    }
    return product.with(value.cumulativeProduct(along: axis))
  }

  /// Returns the product of the elements along an axis. The derivative is that of a tree of products, and holds where
  /// elements are 0.
  public func prod(along axis: Int, keepingAxis: Bool = false) -> Variable {
    var product = self.padded(after: shape[axis] == 0 ? 1 : 0, along: axis, with: 1)
    while product.shape[axis] > 1 {
      let half = (product.shape[axis] + 1) / 2
      let rest = product.sliced(half..<product.shape[axis], along: axis)
      product =
        product.sliced(0..<half, along: axis)
        * rest.padded(after: half - rest.shape[axis], along: axis, with: 1)
    }
    return product.with(value.prod(along: axis, keepingAxis: true)).without([axis], unless: keepingAxis)
  }

  /// Returns the variance along an axis, Σ (x − mean)² / (n − correction); the derivative is
  /// 2 (x − mean) / (n − correction).
  public func variance(along axis: Int, keepingAxis: Bool = false, correction: Double = 1) -> Variable {
    let divisor = Swift.max(0, Double(shape[axis]) - correction)
    let derivative = Derivative(kept: [self]) { dy, x in
      dy * (2 / divisor) * (x[0] - x[0].mean(along: axis, keepingAxes: true))
    }
    let y = value.variance(along: axis, keepingAxis: true, correction: correction)
    return Variable("variance", y, of: [self], [derivative]).without([axis], unless: keepingAxis)
  }

  /// Returns the standard deviation y along an axis, the square root of the variance; the derivative is
  /// (x − mean) / ((n − correction) y), and 0 where y is.
  public func std(along axis: Int, keepingAxis: Bool = false, correction: Double = 1) -> Variable {
    let divisor = Swift.max(0, Double(shape[axis]) - correction)
    let derivative = Derivative(kept: [self], keepsOutput: true) { dy, kept in
      let (x, y) = (kept[0], kept[1].replacing(with: 1, where: kept[1].value .== 0))
      return dy * (x - x.mean(along: axis, keepingAxes: true)) / (divisor * y)
    }
    let y = value.std(along: axis, keepingAxis: true, correction: correction)
    return Variable("std", y, of: [self], [derivative]).without([axis], unless: keepingAxis)
  }

  /// Returns the p-norm y along an axis, of a p of 1 or more; the derivative is sign(x) (|x| / y)ᵖ⁻¹, and 0 where y is.
  public func norm(_ p: Double = 2, along axis: Int, keepingAxis: Bool = false) -> Variable {
    require(p >= 1, "norm: a p of \(p) has no derivative; p must be 1 or more")
    if p == .infinity { return abs(self).max(along: axis, keepingAxis: keepingAxis) }
    let derivative = Derivative(kept: [self], keepsOutput: true) { dy, kept in
      let (x, y) = (kept[0], kept[1].replacing(with: 1, where: kept[1].value .== 0))
      return dy * (p == 2 ? x / y : sign(x) * pow(abs(x) / y, p - 1))
    }
    let y = value.norm(p, along: axis, keepingAxis: true)
    return Variable("norm", y, of: [self], [derivative]).without([axis], unless: keepingAxis)
  }
}
