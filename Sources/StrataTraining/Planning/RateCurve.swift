import Foundation
import StrataTensor

/// How the loss went while the learning rate grew from step to step, the rates that this suggests, and what trials at rates
/// around them say: what ``Trainer/findRate(on:validation:from:to:steps:trials:trialSteps:batchSize:)`` returns. Printed, it
/// is a table of each.
///
/// With l the losses and t the logarithms of the rates, the smooth losses are s_i = Σ_j 0.8^|i − j| l_j / Σ_j 0.8^|i − j|,
/// which lie over their own rates: a mean over the past would lag. ``steepest`` and ``valley`` look at them up to the least.
/// A curve says which rates lower the loss in one step, which is another thing than where training ends: too small for
/// plain `SGD`, far too large for ``Muon``, whose steps are of one length. ``suggestion`` is what trials say.
///
/// Smith, "Cyclical Learning Rates for Training Neural Networks", 2017.
public struct RateCurve: Sendable {
  /// The rates of the steps, in ascending order.
  public let rates: [Double]

  /// The loss that each step left: that of the next batch.
  public let losses: [Double]

  /// The losses with the noise of batches smoothed away.
  public let smoothLosses: [Double]

  /// Whether the loss left all bounds before the last rate.
  public let hasDiverged: Bool

  /// The trials, the best first, each with its "rate"; nil where there were none.
  public internal(set) var trials: SweepResult?

  init(rates: [Double], losses: [Double], hasDiverged: Bool) {
    (self.rates, self.losses, self.hasDiverged) = (rates, losses, hasDiverged)
    smoothLosses = losses.indices.map { center in
      var (sum, weights) = (0.0, 0.0)
      // Of what is further away less than a millionth would count.
      for index in max(0, center - 60)..<min(losses.count, center + 61) {
        let weight = pow(0.8, Double(abs(index - center)))
        sum += weight * losses[index]
        weights += weight
      }
      return sum / weights
    }
  }

  /// The rate to take: that of the best trial, else ``valley``, else ``steepest``; nil where no rate lowers the loss.
  public var suggestion: Double? {
    guard case .number(let rate)? = trials?.best?.values["rate"] else { return valley ?? steepest }
    return rate
  }

  /// Where the smooth loss is least.
  private var least: Int? { smoothLosses.indices.min { smoothLosses[$0] < smoothLosses[$1] } }

  /// The rate at which the smooth loss falls fastest, by s′(t); nil where it does not fall.
  public var steepest: Double? {
    guard let least, least >= 2 else { return nil }
    let slopes = (1..<least).map { smoothLosses[$0 + 1] - smoothLosses[$0 - 1] }
    let best = slopes.indices.min { slopes[$0] < slopes[$1] }!
    return slopes[best] < 0 ? rates[best + 1] : nil
  }

  /// The first rate at which nine tenths of the longest descent are done: of all subsequences of the smooth losses that
  /// fall throughout, the longest, and of equals the first; nil where it has fewer than three.
  ///
  /// It is less sensitive to noise than ``steepest``, and nearer to the largest rate that trains.
  public var valley: Double? {
    guard let least else { return nil }
    var (lengths, starts): ([Int], [Int]) = ([], [])
    for index in 0...least {
      // Of equally long ones the nearest, so that a descent does not begin on the plain before it.
      let before = (0..<index).reversed().filter { smoothLosses[$0] > smoothLosses[index] }.max {
        lengths[$0] < lengths[$1]
      }
      lengths.append(1 + (before.map { lengths[$0] } ?? 0))
      starts.append(before.map { starts[$0] } ?? index)
    }
    let end = lengths.indices.max { lengths[$0] < lengths[$1] }!
    let (top, bottom) = (smoothLosses[starts[end]], smoothLosses[end])
    guard lengths[end] >= 3 else { return nil }
    return (starts[end]...end).first { smoothLosses[$0] <= bottom + 0.1 * (top - bottom) }.map { rates[$0] }
  }
}

extension RateCurve: CustomStringConvertible {
  /// The smooth loss at about twenty rates as a bar, the trials, the suggestions, and what to do with them.
  public var description: String {
    let finite = smoothLosses.filter(\.isFinite)
    guard let low = finite.min(), let first = finite.first else { return "no step was made" }
    // What diverged would leave nothing of the rest.
    let high = max(first, finite[...(finite.firstIndex(of: low) ?? 0)].max()!)
    let suggestions = ["steepest": steepest, "valley": valley].compactMapValues(\.self)
    let stride = max(1, rates.count / 20)
    let shown = rates.indices.filter { $0 % stride == 0 }
    let rows = shown.map { index in
      let part = high > low ? min(1, max(0, (smoothLosses[index] - low) / (high - low))) : 0
      let marks = suggestions.filter { mark in
        shown.min { distance($0, mark.value) < distance($1, mark.value) } == index
      }
      return [
        shortText(rates[index]), lossText(smoothLosses[index]),
        String(repeating: "█", count: Int((part * 30).rounded())),
        marks.keys.sorted().joined(separator: ", "),
      ]
    }
    let curve = table([["rate", "loss", "", ""]] + rows, rightAligned: [0, 1], hasTotal: false)
    return [curve, trials?.description, verdict].compactMap(\.self).joined(separator: "\n\n")
  }

  private func distance(_ index: Int, _ rate: Double) -> Double { abs(log(rates[index]) - log(rate)) }

  private var verdict: String {
    guard let rate = suggestion else {
      return "no rate lowers the loss: try overfit(oneBatch:), which says whether the model learns at all"
    }
    let steep = steepest.map { "; the loss falls fastest at \(shortText($0))" } ?? ""
    let valley = trials == nil ? nil : valley.map { "; the curve's valley is \(shortText($0))" }
    return "try \(shortText(rate))" + steep + (valley ?? "")
      + (hasDiverged ? "" : "; it has not diverged yet, so a range with a larger end says more")
  }
}
