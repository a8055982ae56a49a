import StrataTensor

/// L = mean over the anchors i of max(0, m + max_p ‖xᵢ − x_p‖ − min_n ‖xᵢ − x_n‖): every row of a batch is an anchor, with
/// the farthest row of its class as the positive and the nearest of another class as the negative; or their sum.
///
/// Rows that are alone in their class, or with their class in the batch, do not count, and a batch of only such rows has
/// the loss 0. Triplets are found within what the loss is given, so that a batch in parts has other ones: train without
/// micro-batches.
///
/// - Shapes: embeddings x are [B, D]; the target is `int32` classes [B].
///
/// # Backward
/// With p and n the rows that were chosen, as for ``TripletMargin``: each anchor adds u − v to its own gradient, −u to that of
/// its positive and v to that of its negative.
///
/// Hermans, Beyer and Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017.
public struct BatchHardTriplet: Loss {
  /// m: how much nearer the positive is to be.
  public let margin: Double
  /// How the losses of the anchors become one number.
  public let reduction: Reduction

  /// A loss with this margin.
  public init(margin: Double = 1, reduction: Reduction = .mean) {
    requireOption("BatchHardTriplet: margin", margin, .positive)
    self.margin = margin
    self.reduction = reduction
  }

  public func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let x = output
    do { try validate(target, for: [x.shape]) } catch { stop("\(error)") }
    guard let (rows, positive, negative) = triplets(in: x, target) else {
      return (0, Tensor(zeros: x.shape, dtype: x.dtype))
    }
    let triplets = Triplet(
      anchor: x.gathered(rows: rows), positive: x.gathered(rows: positive), negative: x.gathered(rows: negative))
    let (value, gradient) = TripletMargin(margin: margin, reduction: reduction)
      .evaluate(triplets, triplets.anchor)
    // Each row's gradient is that of all the triplets that it is in.
    var total = Tensor(zeros: x.shape, dtype: x.dtype)
    for (part, places) in [(gradient.anchor, rows), (gradient.positive, positive), (gradient.negative, negative)] {
      total = total.scattering(part, at: places.expanded(at: 1).broadcast(to: part.shape), along: 0, adding: true)
    }
    return (value, total)
  }

  /// The rows of the anchors that count, and of the positive and the negative of each; nil where none counts.
  package func triplets(in x: Tensor, _ target: Tensor) -> (anchors: Tensor, positives: Tensor, negatives: Tensor)? {
    let count = x.shape[0]
    let isSame = target.expanded(at: 1) .== target.expanded(at: 0)
    // Squared distances, good enough to choose by: those of the chosen are computed again.
    let squares = (x * x).sum(along: 1, keepingAxis: true)
    let distances = squares + squares.transposed(0, 1) - 2 * matmul(x, x.transposed)
    let positives = isSame - Tensor(eye: count, dtype: .int32)
    let p = distances.replacing(with: -.infinity, where: 1 - positives).argmax(along: 1)
    let n = distances.replacing(with: .infinity, where: isSame).argmin(along: 1)
    let counts = (positives.max(along: 1) * (1 - isSame.min(along: 1))).elements(as: Int32.self)
    let anchors = counts.indices.filter { counts[$0] != 0 }
    if anchors.isEmpty { return nil }
    let rows = Tensor(anchors.map { Int32($0) }, shape: [anchors.count])
    return (rows, p.gathered(rows: rows), n.gathered(rows: rows))
  }

  public func divisor(of target: Tensor) -> Double { reduction.divisor(over: target.count) }

  public func validate(_ target: Tensor, for output: [Shape]) throws {
    guard output[0].rank == 2, output[0].count > 0, target.dtype == .int32, target.shape == [output[0][0]] else {
      throw TargetError(
        "BatchHardTriplet: embeddings [B, D] need int32 classes [B], not embeddings \(output[0]) and \(target.dtype) "
          + "\(target.shape)")
    }
  }
}
