import StrataLayers
import StrataTensor

// The decompositions of losses of classes, of samples and of pairs, and of objectives made of others.

extension SoftmaxCrossEntropy: DecomposableSampleObjective {
  /// Returns −Σ c log softmax(z) with the share c of each class.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let classes = output.shape[axis]
    // How much each class counts in the loss of its sample.
    let shares = target.dtype == .int32 ? oneHot(target, like: output) : target
    var counts = (1 - labelSmoothing) * shares + labelSmoothing / Double(classes)
    if let classWeights { counts = counts * Tensor(classWeights).converted(to: output.dtype).along(axis, of: output) }
    if let ignoredIndex, target.dtype == .int32 {
      counts = counts.replacing(with: 0, where: (target .== Double(ignoredIndex)).expanded(at: place(in: output)))
    }
    let logarithms = LogSoftmax(axis: axis).decomposed(output)
    return -counted(logarithms, counts)
  }

  /// 1 for the class of each sample, 0 for the others and where it is ignored.
  fileprivate func oneHot(_ target: Tensor, like output: Variable) -> Tensor {
    let labels = ignoredIndex.map { target.replacing(with: 0, where: target .== Double($0)) } ?? target
    return
      (labels.expanded(at: place(in: output))
      .== Tensor(arange: 0..<output.shape[axis]).along(axis, of: output)).converted(to: output.dtype)
  }

  fileprivate func counted(_ values: Variable, _ counts: Tensor) -> Variable {
    Variable.where(counts .!= 0, Variable(counts) * values, 0).sum(along: axis)
  }

  private func place(in output: Variable) -> Int { axis < 0 ? axis + output.shape.rank : axis }
}
extension NegativeLogLikelihood: DecomposableSampleObjective {
  /// Returns −w z of the class of each sample.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let classes = SoftmaxCrossEntropy(ignoredIndex: ignoredIndex, axis: axis)
    let counts = classes.oneHot(target, like: output)
    let weights = weights(of: target).map { spread($0.converted(to: output.dtype), over: output.shape) }
    return -classes.counted(output, weights.map { counts * $0 } ?? counts)
  }
}
extension Focal: DecomposableSampleObjective {
  /// Returns (1 − p)^γ times the cross-entropy −log p.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    SoftmaxCrossEntropy(ignoredIndex: ignoredIndex, axis: axis).decomposedSamples(output, target).focused(by: gamma)
  }
}
extension MultiMargin: DecomposableSampleObjective {
  /// Returns Σ max(0, margin − z_y + z_k), or of its squares, over the other classes, by the number of all.
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let own = SoftmaxCrossEntropy().oneHot(target, like: output)
    let distances = output - (Variable(own) * output).sum(along: -1, keepingAxes: true) + margin
    let above = relu(distances.replacing(with: 0, where: own))
    return (isSquared ? above * above : above).sum(along: -1) / Double(output.shape[-1])
  }
}
extension KullbackLeiblerDivergence: DecomposableSampleObjective {
  /// Returns Σ p (log p − log softmax(z)).
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let probabilities = takesLogTargets ? exp(target) : target
    let difference = Variable(takesLogTargets ? target : log(target)) - logSoftmax(output)
    return SoftmaxCrossEntropy().counted(difference, probabilities)
  }
}
extension Dice: DecomposableSampleObjective {
  /// Returns 1 − (2 Σ pt + s) / (Σ (p + t) + s).
  public func decomposedSamples(_ output: Variable, _ target: Tensor) -> Variable {
    let rows: Shape = [output.shape[0], output.shape.rowShape.count]
    let (p, t) = (sigmoid(output.reshaped(to: rows)), Variable(target.reshaped(to: rows)))
    return 1 - (2 * (p * t).sum(along: 1) + smoothing) / ((p + t).sum(along: 1) + smoothing)
  }
}
extension MarginRanking: DecomposableSampleObjective {
  /// Returns max(0, margin − t (a − b)).
  public func decomposedSamples(_ output: Pair<Variable, Variable>, _ target: Tensor) -> Variable {
    Hinge(margin: margin).decomposedSamples(output.first - output.second, target)
  }
}
extension CosineEmbedding: DecomposableSampleObjective {
  /// Returns 1 − cos(a, b) of pairs that are alike, and max(0, cos(a, b) − margin) of others.
  public func decomposedSamples(_ output: Pair<Variable, Variable>, _ target: Tensor) -> Variable {
    let (a, b) = (output.first, output.second)
    func norm(_ x: Variable) -> Variable { sqrt((x * x).sum(along: 1) + 1e-12) }
    let cosines = (a * b).sum(along: 1) / (norm(a) * norm(b))
    return .where(target .> 0, 1 - cosines, relu(cosines - margin))
  }
}
extension Contrastive: DecomposableSampleObjective {
  /// Returns ½ d² of pairs that are alike, and ½ max(0, margin − d)² of others.
  public func decomposedSamples(_ output: Pair<Variable, Variable>, _ target: Tensor) -> Variable {
    let difference = output.first - output.second
    let short = relu(margin - difference.norm(along: 1))
    return 0.5 * (Variable(target) * (difference * difference).sum(along: 1) + Variable(1 - target) * short * short)
  }
}
extension TripletMargin: DecomposableSampleObjective {
  /// Returns max(0, m + ‖a − p‖ − ‖a − n‖), or with the distance of p and n where the negative is nearer to p.
  public func decomposedSamples(_ output: TripletVariables, _ target: Tensor) -> Variable {
    func distance(_ x: Variable, _ y: Variable) -> Variable { (x - y + 1e-6).norm(along: 1) }
    let (near, far) = (distance(output.anchor, output.positive), distance(output.anchor, output.negative))
    let other = swaps ? distance(output.positive, output.negative) : far
    return relu(margin + near - .where(other.value .< far.value, other, far))
  }
}
extension BatchHardTriplet: DecomposableObjective {
  /// Returns the loss of the triplets that the values of the rows choose.
  public func decomposed(_ output: Variable, _ target: Tensor) -> Variable {
    guard let (anchors, positives, negatives) = triplets(in: output.value, target) else {
      return Variable(Tensor(zeros: [], dtype: output.dtype))
    }
    let chosen = TripletVariables(
      anchor: output.gathered(rows: anchors), positive: output.gathered(rows: positives),
      negative: output.gathered(rows: negatives))
    return TripletMargin(margin: margin, reduction: reduction).decomposed(chosen, anchors)
  }
}
extension InfoNCE: DecomposableObjective {
  /// Returns the cross-entropy of the similarities a · b / temperature, with the own partner as the class.
  public func decomposed(_ output: Pair<Variable, Variable>, _ target: Tensor) -> Variable {
    func normalized(_ x: Variable) -> Variable {
      let norms = x.norm(along: 1, keepingAxis: true)
      return x / norms.replacing(with: 1, where: norms.value .== 0)
    }
    let count = target.shape[0]
    let isSame = (target.expanded(at: 1) .== target.expanded(at: 0)) - Tensor(eye: count, dtype: .int32)
    let logits = (matmul(normalized(output.first), normalized(output.second).transposed) / temperature)
      .replacing(with: -.infinity, where: isSame)
    let (loss, own) = (SoftmaxCrossEntropy(reduction: reduction), Tensor(arange: 0..<count))
    let ahead = loss.decomposed(logits, own)
    return isSymmetric ? 0.5 * (ahead + loss.decomposed(logits.transposed, own)) : ahead
  }
}
extension Regularized: DecomposableObjective where Base: DecomposableObjective {
  /// Returns the base's loss of the outputs; the penalty is one of the parameters alone.
  public func decomposed(_ output: Base.VariableOutput, _ target: Base.Target) -> Variable {
    base.decomposed(output, target)
  }
}
extension SampleWeighted: DecomposableObjective where Base: DecomposableSampleObjective {
  /// Returns Σ w l / divisor of the samples' losses l.
  public func decomposed(_ output: Base.VariableOutput, _ target: Pair<Base.Target, Tensor>) -> Variable {
    let (values, divisor) = (base.decomposedSamples(output, target.first), divisor(of: target))
    // A weight for each sample, or for each row of them; of a weight 0 the loss may be infinite.
    let axes = values.shape.rank - target.second.rank
    let weights = target.second.reshaped(to: Shape(target.second.shape.lengths + Array(repeating: 1, count: axes)))
    return Variable.where(weights .!= 0, Variable(weights) * values, 0).sum() * (divisor == 0 ? 0 : 1 / divisor)
  }
}

extension Tensor {
  /// The elements of a vector along one axis of a tensor.
  fileprivate func along(_ axis: Int, of x: Variable) -> Tensor {
    let shape = x.shape
    return reshaped(to: Shape((0..<shape.rank).map { $0 == shape.resolve(axis) ? count : 1 }))
  }
}
