import StrataTensor

/// A search along a line for a step that satisfies Wolfe's strong conditions: with φ(t) the loss at w + t d,
///
/// - φ(t) ≤ φ(0) + 10⁻⁴ t φ′(0): it falls by enough
/// - |φ′(t)| ≤ 0.9 |φ′(0)|: it is steep no longer
///
/// Steps grow until a pair of them brackets such a step, which is then closed in on; each next step is the least of the
/// cubic through the last two, by their losses and slopes. Nocedal and Wright, "Numerical Optimization", 2006, algorithms
/// 3.5 and 3.6, with the safeguards of minFunc (Schmidt, 2005) as PyTorch has them.
struct WolfeSearch {
  /// A step along the line.
  struct Point {
    let t: Double
    let loss: Double
    /// φ′(t).
    let slope: Double
    let gradient: [Tensor]
  }

  private static let (decrease, curvature, limit) = (1e-4, 0.9, 25)

  let start: Point
  /// The largest element of d.
  let directionSize: Double
  /// Below which a move is none.
  let tolerance: Double
  let evaluate: (_ t: Double) throws -> Point

  private(set) var evaluations = 0

  init(
    from start: Point, directionSize: Double, tolerance: Double, _ evaluate: @escaping (_ t: Double) throws -> Point
  ) {
    (self.start, self.directionSize, self.tolerance, self.evaluate) = (start, directionSize, tolerance, evaluate)
  }

  /// Returns the step that was found, or the best where none is good enough after 25 evaluations.
  mutating func run(from t: Double) throws -> Point {
    var (before, point) = (start, try look(at: t))
    while evaluations <= Self.limit {
      if !fallsEnough(point) || evaluations > 2 && point.loss >= before.loss { return try closeIn(before, point) }
      if isFlat(point) { return point }
      if point.slope >= 0 { return try closeIn(before, point) }
      let next = Self.cubicLeast(
        before, point, in: point.t + 0.01 * (point.t - before.t)...10 * point.t)
      (before, point) = (point, try look(at: next))
    }
    return start.loss <= point.loss ? start : point
  }

  private mutating func look(at t: Double) throws -> Point {
    evaluations += 1
    return try evaluate(t)
  }

  private func fallsEnough(_ point: Point) -> Bool {
    point.loss <= start.loss + Self.decrease * point.t * start.slope
  }

  private func isFlat(_ point: Point) -> Bool { abs(point.slope) <= -Self.curvature * start.slope }

  /// Returns a good step between two.
  private mutating func closeIn(_ first: Point, _ second: Point) throws -> Point {
    var ends = [first, second]
    var low = first.loss <= second.loss ? 0 : 1
    var wasNearEnd = false
    while evaluations <= Self.limit, abs(ends[1].t - ends[0].t) * directionSize >= tolerance {
      let (least, most) = (min(ends[0].t, ends[1].t), max(ends[0].t, ends[1].t))
      var t = Self.cubicLeast(ends[0], ends[1], in: least...most)
      let margin = 0.1 * (most - least)
      let isNearEnd = min(most - t, t - least) < margin
      // A second step in a row that hardly leaves an end is moved away from it, as is one that does not leave it at all.
      let isMoved = isNearEnd && (wasNearEnd || t >= most || t <= least)
      if isMoved { t = abs(t - most) < abs(t - least) ? most - margin : least + margin }
      wasNearEnd = isNearEnd && !isMoved
      let point = try look(at: t)
      if !fallsEnough(point) || point.loss >= ends[low].loss {
        ends[1 - low] = point
        low = ends[0].loss <= ends[1].loss ? 0 : 1
      } else {
        if isFlat(point) { return point }
        if point.slope * (ends[1 - low].t - ends[low].t) >= 0 { ends[1 - low] = ends[low] }
        ends[low] = point
      }
    }
    return ends[low]
  }

  /// Returns where the cubic through two points is least within a range, its middle where it has no least.
  private static func cubicLeast(_ a: Point, _ b: Point, in range: ClosedRange<Double>) -> Double {
    let middle = (range.lowerBound + range.upperBound) / 2
    let d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    let square = d1 * d1 - a.slope * b.slope
    guard square >= 0 else { return middle }
    let d2 = square.squareRoot()
    let least =
      a.t <= b.t
      ? b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
      : a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    // Beside a loss that is not finite.
    return least.isFinite ? min(max(least, range.lowerBound), range.upperBound) : middle
  }
}
