import Foundation
import StrataLayers
import StrataTensor

// Findings before the first step.

extension TrialTraining {
  /// Returns the findings of the first passes over the probes.
  func startFindings(_ before: Measurement) -> [Finding] {
    let twice = softmaxTwice(before)
    return [twice, twice == nil ? startingLoss(before) : nil].compactMap { $0 } + saturation(before)
      + deadUnits(before, "before training") + imbalance(before, sparingLearntScales: true)
  }

  /// Returns a finding if the loss takes logits but receives probabilities, by the type of the last layer or because
  /// all rows of the output are positive and sum to 1.
  private func softmaxTwice(_ before: Measurement) -> Finding? {
    guard loss is any LogitLoss else { return nil }
    let remedy = "remove the last softmax or sigmoid: \(type(of: loss)) takes logits and applies it itself"
    if let last = (model as? any Layer)?.probabilityOutput {
      let path = before.runs[0].records.last?.path
      return Finding(
        .softmaxTwice, at: path, "the model ends in \(last), which gives probabilities", remedy: remedy)
    }
    let outputs = before.runs.flatMap(\.output.tensors)
    guard loss is SoftmaxCrossEntropy, outputs[0].rank > 0, outputs[0].shape[-1] > 1 else { return nil }
    let areProbabilities = outputs.allSatisfy { output in
      output.min().item >= 0 && abs(output.sum(along: -1) - 1).max().item < 1e-4
    }
    guard areProbabilities else { return nil }
    return Finding(
      .softmaxTwice, "every row of the output is positive and sums to 1: probabilities, no logits", remedy: remedy)
  }

  /// Compares a classifier's loss with that of a random guess. A layer initialized for ReLU gives logits of variance
  /// about 2, which adds about 1 to ln K, and a stack of residual blocks adds more. So a loss above 3 ln K + 2 is a
  /// fault only if the same model with weights and inputs of the usual scale starts at a third of it; one above 50 ln K
  /// always is.
  private func startingLoss(_ before: Measurement) -> Finding? {
    let (run, output) = (before.runs[0], before.runs[0].output.tensors[0])
    var (mean, chance, classes) = (before.loss, 0.0, 0)
    switch loss {
    case let loss as SoftmaxCrossEntropy:
      classes = output.shape[-1]
      chance = log(Double(max(2, classes)))
      if loss.reduction == .sum { mean /= Double(output.count / max(1, classes)) }
    case let loss as BinaryCrossEntropyWithLogits:
      (classes, chance) = (2, log(2) * max(1, loss.positiveWeight))
      if loss.reduction == .sum { mean /= Double(output.count) }
    default: return nil
    }
    guard mean > 3 * chance + 2 else { return nil }
    let usual = lossAtUsualScale(before) * mean / before.loss
    guard mean > 3 * usual || mean > 50 * chance else { return nil }
    let odd = oddWeight().map { "; \($0.text)" } ?? ""
    let (inputs, logits) = (run.inputs.rms, output.rms)
    return Finding(
      .startingLossTooHigh,
      "the loss starts at \(lossText(mean)), a guess among \(classes) classes costs \(lossText(chance)); the logits' "
        + "rms is \(short(logits)), the inputs' \(short(inputs))" + odd,
      remedy: inputs > 10
        ? "scale the inputs to mean 0 and deviation 1, so that the first logits are near 0"
        : "initialize by fan-in, the last layer smaller yet, or normalize before it; the first logits should be "
          + "near 0")
  }

  /// Returns the mean loss with larger inputs reduced to rms 1 and larger weights to rms √(2 / fan-in).
  private func lossAtUsualScale(_ before: Measurement) -> Double {
    contents.restoringAll {
      for record in before.runs[0].records {
        let weight =
          (record.module as? Linear)?.weight ?? (record.module as? Conv2D)?.weight ?? (record.module as? Conv1D)?.weight
        guard let weight else { continue }
        weight.value = weight.value / max(1, weight.value.scaleByFanIn / 2.0.squareRoot())
      }
      let losses = before.runs.map { run in
        let inputs = run.inputs.mapped { $0.dtype.isFloatingPoint ? $0 / max(1, $0.rms) : $0 }
        return loss(model.outputForTraining(inputs), run.labels) * Double(run.rows)
      }
      return losses.reduce(0, +) / Double(before.runs.reduce(0) { $0 + $1.rows })
    }
  }

  /// Returns findings for softmax, sigmoid and tanh layers that pass less than a millionth of the gradient in at least
  /// half of the rows.
  private func saturation(_ before: Measurement) -> [Finding] {
    var paths: [String] = []
    for record in before.runs[0].records where !paths.contains(record.path) {
      if record.module is Softmax || record.module is Sigmoid || record.module is Tanh { paths.append(record.path) }
    }
    return paths.compactMap { path in
      var (blocked, rows, layer) = (0, 0, "")
      for record in before.runs.flatMap(\.records) where record.path == path {
        guard let dy = record.dy?.first, let dx = record.dx?.first, dy.rank > 0, dy.shape == dx.shape else { continue }
        layer = "\(record.module)"
        let (before, after) = (dy.rowNorms, dx.rowNorms)
        rows += before.count { $0 > 0 }
        blocked += zip(before, after).count { $0 > 0 && $1 < 1e-6 * $0 }
      }
      guard rows > 0, 2 * blocked >= rows else { return nil }
      let isSoftmax = layer.contains("oftmax")
      return Finding(
        isSoftmax ? .saturatedSoftmax : .saturatedUnits, at: path,
        "in \(blocked) of \(rows) rows \(layer) lets through less than a millionth of the gradient",
        remedy: isSoftmax
          ? "make what comes before it smaller: initialize by fan-in, scale the inputs, divide the logits by a "
            + "temperature; at the model's end leave it to SoftmaxCrossEntropy"
          : "initialize by .xavierUniform, scale the inputs, or normalize before it")
    }
  }

  /// Returns findings for ReLU layers with no active unit on any probe, or too few to be explained by similar inputs.
  func deadUnits(_ measurement: Measurement, _ when: String) -> [Finding] {
    var outputs: [(path: String, outputs: [Tensor])] = []
    for record in measurement.runs.flatMap(\.records) where record.module is ReLU {
      if let index = outputs.firstIndex(where: { $0.path == record.path }) {
        outputs[index].outputs += record.output
      } else {
        outputs.append((record.path, record.output))
      }
    }
    return outputs.compactMap { path, outputs in
      let activity = UnitActivity(ofReLU: outputs)
      guard activity.isExcessive else { return nil }
      let rows = outputs.reduce(0) { $0 + $1.shape[0] }
      return Finding(
        .deadUnits, at: path,
        "\(activity.deadCount) of \(activity.unitCount) units are 0 on all \(rows) examples \(when)",
        remedy: "initialize by .heUniform with biases at 0, lower the learning rate, or take LeakyReLU")
    }
  }
}

extension Tensor {
  /// Returns the norm of each row of the last axis.
  fileprivate var rowNorms: [Double] {
    let x = converted(to: .float64)
    return sqrt((x * x).sum(along: -1)).elements()
  }
}
