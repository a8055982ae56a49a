import StrataLayers
import StrataTensor

// Outputs against the loss and its targets.

extension LintRun {
  func outputFindings() -> [Finding] {
    let sources = output.tensors.compactMap(source)
    return dropped(sources) + (singleClass().map { [$0] } ?? logits(sources)) + unreachable()
  }

  /// Returns findings for dropout on the outputs, which trains on predictions that inference never makes.
  private func dropped(_ sources: [FlowRecorder.Record]) -> [Finding] {
    sources.compactMap { record in
      guard let dropout = record.module as? Dropout, dropout.rate > 0 else { return nil }
      let zeros = record.output[0].elements(as: Double.self).count { $0 == 0 }
      return Finding(
        .droppedOutputs, at: record.path,
        "\(zeros) of \(record.output[0].count) outputs are 0 in training, by \(dropout)",
        remedy: "put the dropout before the last linear layer, or leave it out")
    }
  }

  private func singleClass() -> Finding? {
    guard loss is SoftmaxCrossEntropy, let output = output.tensors.first, output.rank > 0, output.shape[-1] == 1 else {
      return nil
    }
    return Finding(
      .singleClass, "the output has the shape \(output.shape): the softmax of one logit is 1, and the loss 0",
      remedy: "give the last layer one output a class; for two classes by one logit take BinaryCrossEntropyWithLogits")
  }

  /// Returns a finding if a loss that takes logits is given something else.
  private func logits(_ sources: [FlowRecorder.Record]) -> [Finding] {
    guard loss is any LogitLoss else { return [] }
    let takes = "\(type(of: loss)) takes logits and applies it itself"
    for record in sources {
      if record.module is any ProbabilityOutput {
        return [
          Finding(
            .softmaxTwice, at: record.path, "the model ends in \(record.module), which gives probabilities",
            remedy: "remove it: \(takes)")
        ]
      }
      if let range = outputRange(of: record.module) {
        return [
          Finding(
            .activatedLogits, at: record.path,
            "the model ends in \(record.module), so that no logit lies outside of \(text(range))",
            remedy: "remove it: a logit must be able to take every value, and \(type(of: loss)) does what is left")
        ]
      }
    }
    guard loss is SoftmaxCrossEntropy, let output = output.tensors.first, output.rank > 0, output.shape[-1] > 1,
      output.min().item >= 0, abs(output.sum(along: -1) - 1).max().item < 1e-4
    else { return [] }
    return [
      Finding(
        .softmaxTwice, "every row of the output is positive and sums to 1: probabilities, no logits",
        remedy: "remove the last softmax: \(takes)")
    ]
  }

  /// Returns findings for targets that the last layer cannot give.
  private func unreachable() -> [Finding] {
    guard loss is MeanSquaredError || loss is MeanAbsoluteError || loss is Huber,
      let output = output.tensors.first, let target = labels.tensors.first, target.count > 0,
      let record = source(of: output), let range = outputRange(of: record.module)
    else { return [] }
    let (least, most) = (target.min().item, target.max().item)
    let beyond = target.elements(as: Double.self).count { !(range ~= $0) }
    // Targets that lie beyond by rounding alone can be reached as well as they need to be.
    let margin = 1e-5 * max(1, abs(least), abs(most))
    guard least < range.lowerBound - margin || most > range.upperBound + margin else { return [] }
    return [
      Finding(
        .unreachableTargets, at: record.path,
        "targets go from \(short(least)) to \(short(most)), and \(record.module) gives \(text(range)): \(beyond) of "
          + "\(target.count) cannot be reached",
        remedy: "end in a linear layer, or scale the targets to \(text(range))")
    ]
  }

  private func text(_ range: ClosedRange<Double>) -> String {
    let (low, high) = (short(range.lowerBound), short(range.upperBound))
    return range.upperBound.isInfinite
      ? "\(low) or more" : range.lowerBound.isInfinite ? "\(high) or less" : "\(low)...\(high)"
  }
}
