import StrataLayers
import StrataTensor

/// The noise of a batch's gradient: σ²/B, estimated from the spread of the gradients of its micro-batches.
///
/// Of k micro-batches of b rows with gradients gᵢ and mean ḡ, S = Σ ‖gᵢ − ḡ‖² / (k − 1) estimates σ²/b, with σ²
/// the variance of one row's gradient summed over all its elements; so σ²/B is S/k for all B = kb rows, and
/// ‖ḡ‖² − S/k estimates the square of the true gradient.
///
/// McCandlish, Kaplan, Amodei and others, "An Empirical Model of Large-Batch Training", 2018.
public struct GradientNoise: Sendable {
  /// k.
  public let microBatches: Int

  /// b.
  public let microBatchSize: Int

  /// σ²/B for the batch of k · b rows.
  public let variance: Double

  /// ‖ḡ‖² − σ²/B, an estimate of ‖G‖² for the true gradient G; it can be negative by chance.
  public let signal: Double

  /// The share of each parameter in σ²/B.
  let byParameter: [ObjectIdentifier: Double]

  /// σ² / ‖G‖², the simple noise scale: gradients of much smaller batches are mostly noise, and much larger batches
  /// gain little. Infinite if the signal is not above the noise.
  public var scale: Double {
    signal > 0 ? variance * Double(microBatches * microBatchSize) / signal : .infinity
  }

  /// Estimates the noise of a batch cut into at most `count` parts of at least two rows; nil if that gives fewer than
  /// two parts. Remaining rows are not used.
  ///
  /// A layer that normalizes over the batch normalizes over each part.
  init?<Model: Module, Goal: Objective>(
    of model: Model, at x: Model.Input, _ target: Goal.Target, loss: Goal, parts: Int
  ) where Goal.Output == Model.Output {
    let rows = x.exampleCount
    microBatches = min(parts, rows / 2)
    guard microBatches >= 2 else { return nil }
    microBatchSize = rows / microBatches
    var sum = Gradients()
    var squares: [ObjectIdentifier: Double] = [:]
    for part in 0..<microBatches {
      let range = part * microBatchSize..<(part + 1) * microBatchSize
      let target = target.rows(range)
      let (_, gradients) = model.gradients(at: x.rows(range)) { loss.evaluate($0, target) }
      for parameter in gradients.receivers {
        squares[ObjectIdentifier(parameter), default: 0] += gradients[parameter]!.sumOfSquares
      }
      sum.add(gradients)
    }
    let k = Double(microBatches)
    var (variances, total, norm): ([ObjectIdentifier: Double], Double, Double) = ([:], 0, 0)
    for parameter in sum.receivers {
      let (all, square) = (sum[parameter]!.sumOfSquares, squares[ObjectIdentifier(parameter)]!)
      // Σ ‖gᵢ − ḡ‖² = Σ ‖gᵢ‖² − ‖Σ gᵢ‖² / k, which rounding can take below 0.
      let variance = max(0, square - all / k) / (k - 1) / k
      variances[ObjectIdentifier(parameter)] = variance
      total += variance
      norm += all / (k * k)
    }
    (variance, signal, byParameter) = (total, norm - total, variances)
  }
}
