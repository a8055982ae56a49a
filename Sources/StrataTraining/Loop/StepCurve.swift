/// The loss, the gradient's norm and the learning rate over the steps of a run, in a bounded number of points.
///
/// Each point stands for as many steps as any other. When there are ``capacity`` points, two by two become one, and from
/// then on a point stands for twice as many steps: there are 256 to 512 points however long the run is.
package struct StepCurve: Sendable, Equatable {
  /// Some steps in a row.
  package struct Point: Sendable, Equatable {
    package var firstStep: Int
    package var lastStep: Int
    /// The number of steps, and the sum of their losses.
    package var count: Int
    package var lossSum: Double
    package var leastLoss: Double
    package var greatestLoss: Double
    /// ‖dL/dw‖ of the last step where it was measured, else NaN.
    package var norm: Double
    /// The learning rate of the last step.
    package var rate: Double

    /// The mean loss; not finite where that of a step is not.
    package var loss: Double { lossSum / Double(count) }

    /// These steps and those after them.
    fileprivate mutating func append(_ next: Point) {
      (lastStep, norm, rate) = (next.lastStep, next.norm, next.rate)
      count += next.count
      lossSum += next.lossSum
      // A NaN stays, which min and max leave to chance.
      leastLoss = leastLoss.isNaN || next.leastLoss.isNaN ? .nan : min(leastLoss, next.leastLoss)
      greatestLoss = greatestLoss.isNaN || next.greatestLoss.isNaN ? .nan : max(greatestLoss, next.greatestLoss)
    }
  }

  /// The number of points at which they are joined; even.
  package static let capacity = 512

  /// The points that are complete.
  private var complete: [Point] = []

  /// The one that steps are added to.
  private var open: Point?

  /// How many steps a point stands for.
  private var width = 1

  package init() {}

  /// All points; the last may stand for fewer steps.
  package var points: [Point] { complete + (open.map { [$0] } ?? []) }

  /// Whether the next step completes a point, which then has its norm.
  package var nextStepHasNorm: Bool { (open?.count ?? 0) + 1 == width }

  /// Adds a step, with its norm where ``nextStepHasNorm``.
  package mutating func add(step: Int, loss: Double, norm: Double = .nan, rate: Double) {
    let point = Point(
      firstStep: step, lastStep: step, count: 1, lossSum: loss, leastLoss: loss, greatestLoss: loss, norm: norm,
      rate: rate)
    if open == nil { open = point } else { open!.append(point) }
    guard open!.count == width else { return }
    complete.append(open!)
    open = nil
    guard complete.count == Self.capacity else { return }
    complete = stride(from: 0, to: complete.count, by: 2).map { index in
      var joined = complete[index]
      joined.append(complete[index + 1])
      return joined
    }
    width *= 2
  }
}

extension StepCurve {
  /// Its numbers, eight a point, after the width and the number of complete points.
  package var numbers: [Double] {
    [Double(width), Double(complete.count)]
      + points.flatMap { point in
        [
          Double(point.firstStep), Double(point.lastStep), Double(point.count), point.lossSum, point.leastLoss,
          point.greatestLoss, point.norm, point.rate,
        ]
      }
  }

  /// The curve of these ``numbers``; nil where they are no curve.
  package init?(numbers: [Double]) {
    func whole(_ number: Double) -> Int? { 0..<1e15 ~= number ? Int(exactly: number) : nil }
    guard numbers.count >= 2, numbers.count % 8 == 2, let width = whole(numbers[0]), width > 0,
      let complete = whole(numbers[1]), complete < Self.capacity
    else { return nil }
    var points: [Point] = []
    for start in stride(from: 2, to: numbers.count, by: 8) {
      guard let first = whole(numbers[start]), let last = whole(numbers[start + 1]),
        let count = whole(numbers[start + 2]), 1...width ~= count
      else { return nil }
      points.append(
        Point(
          firstStep: first, lastStep: last, count: count, lossSum: numbers[start + 3], leastLoss: numbers[start + 4],
          greatestLoss: numbers[start + 5], norm: numbers[start + 6], rate: numbers[start + 7]))
    }
    guard points.count == complete || points.count == complete + 1 && points.last!.count < width else { return nil }
    self.width = width
    self.complete = Array(points.prefix(complete))
    open = points.count > complete ? points.last : nil
  }
}
