import Foundation
import StrataLayers
import StrataTensor

// Training that ends in NaN, or is heading there.

extension TrialTraining {
  /// Returns a finding for NaN after some steps, with the gradient spike that preceded it.
  func divergence(at step: Int, _ place: Finding?) -> Finding {
    let spike = spike(before: step)
    let evidence = "the loss or a gradient is not finite at step \(step + 1)"
    let before =
      spike.map { spike in
        "; ‖dL/dw‖ jumped from a median of \(short(spike.median)) to \(short(spike.norm)) at step \(spike.step + 1), "
          + "where the loss was \(lossText(losses[spike.step]))"
      } ?? (gradientNorms.isEmpty ? "" : "; no spike of the gradient came before it")
    let first = place.map { "; first seen: " + ($0.path.map { "\($0), " } ?? "") + $0.evidence } ?? ""
    return Finding(.divergence, at: place?.path, evidence + before + first, remedy: Self.calmerSteps)
  }

  /// Returns a finding for a loss that is finite but far above its first value.
  func slowDivergence() -> Finding? {
    let count = max(1, losses.count / 10)
    guard losses.count >= 5 else { return nil }
    let (first, last) = (median(losses.prefix(count)), median(losses.suffix(count)))
    // The chance fluctuations of a loss near 0 do not keep growing.
    guard first > 0, last > 100 * first, last > 10 * losses[losses.count / 2] else { return nil }
    return Finding(
      .divergence,
      "the loss grows from \(lossText(first)) to \(lossText(last)) in \(losses.count) steps, ‖dL/dw‖ from "
        + "\(short(gradientNorms[0])) to \(short(gradientNorms.last!))",
      remedy: Self.calmerSteps)
  }

  private static var calmerSteps: String {
    "clip gradients by their global norm (1 is usual), lower the learning rate, or warm it up"
  }

  /// Returns the first gradient that is ten times the median of all before it.
  private func spike(before end: Int) -> (step: Int, norm: Double, median: Double)? {
    for step in 1..<max(1, min(end, gradientNorms.count)) {
      let middle = median(gradientNorms[..<step])
      if gradientNorms[step].isFinite && gradientNorms[step] > 10 * middle {
        return (step, gradientNorms[step], middle)
      }
    }
    return nil
  }
}
