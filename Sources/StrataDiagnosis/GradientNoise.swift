import StrataLayers
import StrataTensor

/// How far a batch's gradient is chance: σ²/B, from the spread of the gradients of its micro-batches.
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

  /// ‖ḡ‖² − σ²/B, the square of the gradient that no sample would blur; chance can make it negative.
  public let signal: Double

  /// The part of σ²/B of each parameter.
  let byParameter: [ObjectIdentifier: Double]

  /// σ² / ‖G‖², the simple noise scale: batches much smaller than this are mostly noise, and much larger ones
  /// gain little. Infinite where there is no more signal than chance.
  public var scale: Double {
    signal > 0 ? variance * Double(microBatches * microBatchSize) / signal : .infinity
  }

  /// The noise of a batch cut into `count` parts or fewer, of two rows at least; nil where that gives less than
  /// two parts. Rows left over are not used.
  ///
  /// A layer that normalizes over the batch sees the parts alone.
  init?(of model: some Layer, at x: Tensor, _ target: Tensor, loss: some Loss, parts: Int) {
    let rows = x.shape[0]
    microBatches = min(parts, rows / 2)
    guard microBatches >= 2 else { return nil }
    microBatchSize = rows / microBatches
    var sum = Gradients()
    var squares: [ObjectIdentifier: Double] = [:]
    for part in 0..<microBatches {
      let range = part * microBatchSize..<(part + 1) * microBatchSize
      let target = target[range]
      let (_, gradients) = model.gradients(at: x[range]) { loss.evaluate($0, target) }
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
