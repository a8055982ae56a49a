import StrataLayers
import StrataTensor

// The decompositions of losses that compare output and target element by element.

/// The difference of an output and a target.
private func difference(_ y: Variable, _ target: Tensor) -> Variable { y - Variable(target) }

private func softplus(_ x: Variable) -> Variable { Softplus().decomposed(x) }

extension MeanSquaredError: DecomposableSampleObjective {
  /// Returns d² of the differences d.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    pow(difference(output, target), 2)
  }
}
extension MeanAbsoluteError: DecomposableSampleObjective {
  /// Returns |d| of the differences d.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable { abs(difference(output, target)) }
}
extension Huber: DecomposableSampleObjective {
  /// Returns ½ d² up to |d| = δ, and δ (|d| − δ / 2) beyond.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let d = difference(output, target)
    let a = abs(d)
    return .where(a.value .> delta, delta * (a - delta / 2), 0.5 * d * d)
  }
}
extension SmoothL1: DecomposableSampleObjective {
  /// Returns d² / 2β below |d| = β, and |d| − β / 2 from there on.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let d = difference(output, target)
    if beta == 0 { return abs(d) }
    return .where(abs(d.value) .< beta, d * d / (2 * beta), abs(d) - beta / 2)
  }
}
extension LogCosh: DecomposableSampleObjective {
  /// Returns log cosh d, whose slope is tanh d.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    difference(output, target)
      .mapped("logCosh", { samples($0, Tensor(zeros: $0.shape, dtype: $0.dtype)).values }, byInput: { tanh($0) })
  }
}
extension QuantileLoss: DecomposableSampleObjective {
  /// Returns q times what the output falls short by, and 1 − q times what it exceeds the target by.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let d = difference(output, target)
    return quantile * relu(-d) + (1 - quantile) * relu(d)
  }
}
extension BinaryCrossEntropyWithLogits: DecomposableSampleObjective {
  /// Returns w t softplus(−z) + (1 − t) softplus(z).
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let weight = Tensor(positiveWeights ?? [positiveWeight]).converted(to: target.dtype)
    // An infinite logit that agrees with its label would make 0 times infinity.
    func part(_ factor: Tensor, _ z: Variable) -> Variable {
      .where(factor .!= 0, Variable(factor) * softplus(z), 0)
    }
    return part(weight * target, -output) + part(1 - target, output)
  }
}
extension BinaryFocal: DecomposableSampleObjective {
  /// Returns α (1 − p)^γ times the cross-entropy −log p.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let values = BinaryCrossEntropyWithLogits().decomposedSamples(output, target).focused(by: gamma)
    guard let alpha else { return values }
    return values * Variable(alpha * target + (1 - alpha) * (1 - target))
  }
}
extension SoftMargin: DecomposableSampleObjective {
  /// Returns softplus(−t z).
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    softplus(Variable(-target) * output)
  }
}
extension Hinge: DecomposableSampleObjective {
  /// Returns max(0, margin − t z), or its square.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let above = relu(margin - Variable(target) * output)
    return isSquared ? above * above : above
  }
}
extension HingeEmbedding: DecomposableSampleObjective {
  /// Returns z for the target 1, and max(0, margin − z) for −1.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    .where(target .> 0, output, relu(margin - output))
  }
}
extension PoissonNLL: DecomposableSampleObjective {
  /// Returns λ − t log λ, and log t! by Stirling if asked for.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let logRate = isLogRate ? output : log(output + epsilon)
    let rate = isLogRate ? exp(output) : output
    let values = rate - .where(target .!= 0, Variable(target) * logRate, 0)
    return constants(of: target).map { values + Variable($0) } ?? values
  }
}
extension GaussianNLL: DecomposableSampleObjective {
  /// Returns ½ (log σ² + d² / σ²), and ½ log 2π if asked for.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let width = target.shape[-1]
    let d = difference(output.sliced(0..<width, along: -1), target)
    let logVariances = output.sliced(width..<2 * width, along: -1)
    return 0.5 * (logVariances + d * d * exp(-logVariances) + (isFull ? 1.8378770664093453 : 0))  // log 2π
  }
}
extension NormalDivergence: DecomposableSampleObjective {
  /// Returns ½ Σ (eʳ − 1 − r + d² / σ²) with the difference r of the logarithms of the variances.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let width = output.shape[-1] / 2
    func halves(_ x: Variable) -> (mean: Variable, log: Variable) {
      (x.sliced(0..<width, along: -1), x.sliced(width..<2 * width, along: -1))
    }
    let (own, other) = (halves(output), halves(Variable(target)))
    let (d, ratio) = (own.mean - other.mean, own.log - other.log)
    return 0.5 * (expm1(ratio) - ratio + d * d * exp(-other.log)).sum(along: -1)
  }
}

extension Variable {
  /// Returns (1 − p)^γ times the loss, where that is −log p.
  func focused(by gamma: Double) -> Variable { pow(-expm1(-self), gamma) * self }
}
