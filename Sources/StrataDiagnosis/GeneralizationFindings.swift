import Foundation
import StrataLayers
import StrataTensor
import StrataTraining

// A training loss that falls while the inference loss does not.

extension TrialTraining {
  /// Whether every running statistic still has its initial value, 0 or 1: the model has not been trained.
  var hasFreshStatistics: Bool {
    contents.statistics.allSatisfy { _, statistic in
      let elements = statistic.value.elements(as: Double.self)
      return elements.allSatisfy { $0 == 0 } || elements.allSatisfy { $0 == 1 }
    }
  }

  func generalizationFindings(_ before: Measurement, _ after: Measurement) -> [Finding] {
    if let stale = staleStatistics(trainingLoss: after.loss, startingLoss: before.loss) {
      let recalibrated = contents.restoringAll { () -> [Double] in
        recalibrate()
        return validationLosses.dropLast() + (validation.map { [inferenceLoss(on: $0)] } ?? [])
      }
      return [stale] + [overfitting(before, after, recalibrated)].compactMap { $0 }
    }
    return [overfitting(before, after, validationLosses)].compactMap { $0 }
  }

  /// Returns a finding if inference on training batches is far worse than training, but not with new statistics.
  func staleStatistics(trainingLoss: Double, startingLoss: Double) -> Finding? {
    guard !contents.statistics.isEmpty else { return nil }
    let inference = inferenceLoss(on: probes)
    guard !(inference <= 1.5 * trainingLoss + 0.1 * abs(startingLoss)) else { return nil }
    let (again, validated) = contents.restoringAll {
      recalibrate()
      return (inferenceLoss(on: probes), validation.map { inferenceLoss(on: $0) })
    }
    guard again.isFinite, !(inference - again < 0.5 * (inference - trainingLoss)) else { return nil }
    let onValidation = validated.map { again in
      "; on the validation data, \(lossText(inferenceLoss(on: validation!))) becomes \(lossText(again))"
    }
    return Finding(
      .staleBatchStatistics, at: contents.statistics[0].path,
      "on the same batches the loss is \(lossText(trainingLoss)) in training and \(lossText(inference)) in inference; "
        + "with the running statistics taken again it is \(lossText(again))" + (onValidation ?? ""),
      remedy: "raise the momentum of BatchNorm or train longer, so that the running statistics follow; use larger "
        + "batches, or LayerNorm, which has none")
  }

  /// Sets every running statistic to its mean over the probes.
  private func recalibrate() {
    var sums: [ObjectIdentifier: (statistic: Statistic, sum: Tensor, count: Double)] = [:]
    for examples in probes {
      let (_, gradients) = model.gradients(at: examples.inputs) { loss.evaluate($0, examples.labels) }
      for observation in gradients.observations {
        let key = ObjectIdentifier(observation.statistic)
        let old = sums[key]
        sums[key] = (
          observation.statistic, old.map { $0.sum + observation.value } ?? observation.value, (old?.count ?? 0) + 1
        )
      }
    }
    for (statistic, sum, count) in sums.values { statistic.value = sum / count }
  }

  /// Returns a finding if the training loss has fallen while the validation loss has fallen by less than a fifth of
  /// that, or has risen again from its minimum.
  private func overfitting(_ before: Measurement, _ after: Measurement, _ losses: [Double]) -> Finding? {
    guard let first = losses.first, let last = losses.last, losses.count >= 2 else { return nil }
    let (fall, least) = (before.loss - after.loss, losses.min()!)
    guard fall > 0.25 * abs(before.loss) else { return nil }
    let gainsNothing = first - last < 0.2 * fall && last > after.loss + 0.5 * fall
    let risesAgain = last > 1.3 * least && last - least > 0.1 * (first - least) && after.loss < 0.5 * last
    guard gainsNothing || risesAgain || !last.isFinite else { return nil }
    return Finding(
      .overfitting,
      "the training loss goes from \(lossText(before.loss)) to \(lossText(after.loss)), the validation loss from "
        + "\(lossText(first)) by \(lossText(least)) at best to \(lossText(last))"
        + (contents.statistics.isEmpty ? "" : "; taking the batch statistics again does not mend it"),
      remedy: "more data or augmentation, weight decay, Dropout, a smaller model, or patience in Trainer.fit; look "
        + "whether the validation data are like the training data")
  }
}
