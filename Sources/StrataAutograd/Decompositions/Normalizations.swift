import StrataLayers
import StrataTensor

// The decompositions of normalizations.

extension BatchNorm: DecomposableLayer {
  /// Returns γ (x − μ) / √(σ² + ε) + β with the moments of the batch, which the backward pass observes.
  public func decomposed(_ x: Variable) -> Variable {
    requireBatch(x.shape)
    let axes = [0] + Array(2..<max(2, x.shape.rank))
    let (y, moments) = x.normalized(over: axes, epsilon)
    let count = Double(x.shape.count / max(1, channels))
    let scaled = y.scaled(weight?.variable.byChannel(of: x), bias?.variable.byChannel(of: x))
    let (mean, variance) = (moments.mean.reshaped(to: [channels]), moments.variance.reshaped(to: [channels]))
    return TapeRecorder.note("observed", [scaled], scaled, keeping: []) { dy, _, _, gradients in
      observe(mean, variance, count: count, &gradients)
      return [dy]
    }
  }

  /// Returns γ (x − μ) / √(σ² + ε) + β with the running moments, or those of the batch where there are none.
  public func decomposedInference(_ x: Variable) -> Variable {
    guard let runningMean, let runningVariance else {
      return x.normalized(over: [0] + Array(2..<max(2, x.shape.rank)), epsilon).y
        .scaled(weight?.variable.byChannel(of: x), bias?.variable.byChannel(of: x))
    }
    let inverse = rsqrt(runningVariance.value + epsilon)
    let y = (x - Variable(runningMean.value).byChannel(of: x)) * Variable(inverse).byChannel(of: x)
    return y.scaled(weight?.variable.byChannel(of: x), bias?.variable.byChannel(of: x))
  }
}
extension LayerNorm: DecomposableLayer {
  /// Returns γ (x − μ) / √(σ² + ε) + β with the moments of each row.
  public func decomposed(_ x: Variable) -> Variable {
    x.normalized(over: (1...shape.rank).map { -$0 }, epsilon).y.scaled(weight?.variable, bias?.variable)
  }
}
extension RMSNorm: DecomposableLayer {
  /// Returns γ x / √(mean of x² + ε) of each row.
  public func decomposed(_ x: Variable) -> Variable {
    let epsilon = epsilon ?? (x.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne))
    return x.normalized(over: (1...shape.rank).map { -$0 }, epsilon, isCentered: false).y.scaled(weight?.variable, nil)
  }
}
extension GroupNorm: DecomposableLayer {
  /// Returns γ (x − μ) / √(σ² + ε) + β with the moments of groups of channels.
  public func decomposed(_ x: Variable) -> Variable {
    x.normalized(groups: groups, epsilon).scaled(weight.variable.byChannel(of: x), bias.variable.byChannel(of: x))
  }
}
extension InstanceNorm: DecomposableLayer {
  /// Returns γ (x − μ) / √(σ² + ε) + β with the moments of each channel of each sample.
  public func decomposed(_ x: Variable) -> Variable {
    x.normalized(groups: channels, epsilon)
      .scaled(weight?.variable.byChannel(of: x), bias?.variable.byChannel(of: x))
  }
}

extension WeightNorm: DecomposableLayer {
  /// Returns g v / ‖v‖.
  public func decomposed(_ v: Variable) -> Variable {
    v * (scale.variable / sqrt((v * v).summedOver(v.value.axes(but: axis), keepingAxes: true)))
  }
}
extension SpectralNorm: DecomposableLayer {
  /// Returns v / aᵀVb with the vectors that the weight's value leads to, which the backward pass observes.
  public func decomposed(_ v: Variable) -> Variable {
    let (a, b) = vectors(of: v.value, isFound: true)
    let w = divided(v, a, b)
    return TapeRecorder.note("observed", [w], w, keeping: []) { dw, _, _, gradients in
      observe(a, b, &gradients)
      return [dw]
    }
  }

  /// Returns v / aᵀVb with the vectors that are kept.
  public func decomposedInference(_ v: Variable) -> Variable {
    let (a, b) = vectors(of: v.value, isFound: false)
    return divided(v, a, b)
  }

  private func divided(_ v: Variable, _ a: Tensor, _ b: Tensor) -> Variable {
    let matrix = v.permuted([axis] + v.value.axes(but: axis)).reshaped([v.shape[axis], -1])
    return v / (Variable(a) * matmul(matrix, Variable(b))).sum()
  }
}

extension Variable {
  /// Returns (x − μ) / √(variance + ε) with the mean and the biased variance over some axes, or x / √(mean of squares + ε).
  fileprivate func normalized(
    over axes: [Int], _ epsilon: Double, isCentered: Bool = true
  ) -> (y: Variable, moments: (mean: Tensor, variance: Tensor)) {
    let mean = isCentered ? meanOver(axes) : zeros
    let deviation = isCentered ? self - mean : self
    let variance = (deviation * deviation).meanOver(axes)
    return (deviation / sqrt(variance + epsilon), (mean.value, variance.value))
  }

  /// Returns the same with the moments of groups of channels of each sample.
  fileprivate func normalized(groups: Int, _ epsilon: Double) -> Variable {
    reshaped(to: [shape[0], groups, shape.rowShape.count / groups]).normalized(over: [2], epsilon).y.reshaped(to: shape)
  }

  fileprivate func scaled(_ weight: Variable?, _ bias: Variable?) -> Variable {
    let y = weight.map { self * $0 } ?? self
    return bias.map { y + $0 } ?? y
  }

  private func meanOver(_ axes: [Int]) -> Variable {
    let total = summedOver(axes, keepingAxes: true)
    return total * (Double(total.shape.count) / Double(Swift.max(1, shape.count)))
  }
}
