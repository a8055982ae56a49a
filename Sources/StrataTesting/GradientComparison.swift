import StrataTensor

/// A comparison of gradients with differences, tensor by tensor.
struct GradientComparison {
  let layer: String
  let batch: Int
  let tolerance: Double
  let floor: Double
  /// Whether a few directions are enough where they agree: a wrong entry changes the slope along each of them.
  var isBrief = false
  var generator: RandomGenerator
  var report = GradientReport()

  /// The steps, largest first: the first is best for smooth functions, the others avoid kinks.
  private static let steps = [1e-3, 1e-4, 1e-5, 1e-6]

  /// The number of directions of a brief comparison.
  private static let briefDirections = 3

  init(layer: String, batch: Int, tolerance: Double, floor: Double, generator: RandomGenerator) {
    requireOption("checkGradients: tolerance", tolerance, .positive)
    requireOption("checkGradients: floor", floor, .notNegative)
    self.layer = layer
    self.batch = batch
    self.tolerance = tolerance
    self.floor = floor
    self.generator = generator
  }

  /// A tensor to check: its gradients, and the function whose gradients they should be.
  struct Subject {
    let name: String
    let point: Tensor
    /// The gradient of L = ⟨cotangent, function⟩.
    let gradient: Tensor?
    /// The gradient of each element of the function's value; empty unless the Jacobian is compared.
    var rows: [Tensor?] = []
    let cotangent: Tensor
    /// The function at another input, from which a stale cache may come.
    var elsewhere: ((Tensor) -> Tensor)?
    let function: (Tensor) -> Tensor

    /// Whether it is an input, of which each sample has its own entries.
    var isInput: Bool { name == "input" || name.hasPrefix("input ") }
  }

  /// Compares a tensor's gradients with fourth-order differences of its function at its point.
  ///
  /// Where a brief comparison differs, the one entry by entry has the better diagnosis, and avoids a kink that a
  /// direction may meet.
  mutating func compare(_ subject: Subject) throws {
    guard isBrief, subject.point.count > Self.briefDirections else {
      return try compare(subject, along: directions(like: subject.point))
    }
    do {
      let directions = (0..<Self.briefDirections).map { _ in Direction(everywhere: subject.point.shape, &generator) }
      try compare(subject, along: directions)
    } catch {
      var whole = subject
      whole.rows = []
      try compare(whole, along: directions(like: subject.point))
      if !subject.rows.isEmpty { try compare(subject, along: directions(like: subject.point)) }
    }
  }

  /// Compares the slopes along directions with those of the gradients.
  ///
  /// Outputs are subtracted before the product with the cotangent, so that outputs that do not change add no rounding
  /// error.
  private mutating func compare(_ subject: Subject, along directions: [Direction]) throws {
    let (point, name) = (subject.point, subject.name)
    guard point.count > 0 else { return }
    for gradient in [subject.gradient] + subject.rows {
      guard let gradient, gradient.shape != point.shape || gradient.dtype != .float64 else { continue }
      throw GradientMismatch(
        layer: layer, tensor: name, place: "shape", analytic: .nan, numeric: .nan, error: .infinity,
        cause: "the gradient is \(gradient.dtype) of shape \(gradient.shape), \(name) is float64 of \(point.shape)")
    }
    let zeros = Tensor(zeros: point.shape, dtype: .float64)
    let gradients = ([subject.gradient] + subject.rows).map { $0 ?? zeros }
    let jacobianScale = gradients.dropFirst().magnitude
    let scales = gradients.indices.map { $0 == 0 ? gradients[0].magnitude : jacobianScale }
    var slopes: [Tensor] = []
    var worst = Worst()
    let allowed = scales.map { tolerance * $0 + floor }
    for (index, direction) in directions.enumerated() {
      let expected = gradients.map(direction.dot)
      var best: (slope: Tensor, worst: Worst)?
      for step in Self.steps {
        let slope = slope(of: subject.function, at: point, along: direction, step)
        var found = Worst()
        for (row, numeric) in ([(slope * subject.cotangent).sum().item] + rows(of: slope, in: subject)).enumerated() {
          found.note(
            Worst(direction: index, row: row, analytic: expected[row], numeric: numeric, allowed: allowed[row]))
        }
        if best == nil || found.ratio < best!.worst.ratio { best = (slope, found) }
        if best!.worst.ratio <= 1 { break }
      }
      slopes.append(best!.slope)
      worst.note(best!.worst)
    }
    guard worst.ratio <= 1 else {
      let diagnosis = GradientDiagnosis(subject, directions: directions, slopes: slopes, batch: batch)
      throw GradientMismatch(
        layer: layer, tensor: name, place: worst.place(in: subject, directions), analytic: worst.analytic,
        numeric: worst.numeric, error: abs(worst.analytic - worst.numeric), cause: diagnosis.cause)
    }
    let (error, scale) = (abs(worst.analytic - worst.numeric), scales[worst.row])
    report.entries.append(
      .init(name: name, comparisons: directions.count * gradients.count, error: scale > 0 ? error / scale : error))
  }

  private func rows(of slope: Tensor, in subject: Subject) -> [Double] {
    subject.rows.isEmpty ? [] : slope.elements(as: Double.self)
  }

  /// Each entry of a tensor of up to 400, and 12 directions of a larger one.
  private mutating func directions(like point: Tensor) -> [Direction] {
    point.count <= 400
      ? (0..<point.count).map { .entry($0) }
      : (0..<12).map { _ in Direction(everywhere: point.shape, &generator) }
  }

  /// The largest difference, relative to the allowed error.
  private struct Worst {
    var (direction, row) = (0, 0)
    var (analytic, numeric) = (0.0, 0.0)
    var allowed = Double.infinity

    var ratio: Double {
      let ratio = abs(analytic - numeric) / allowed
      return ratio.isNaN ? .infinity : ratio
    }

    mutating func note(_ other: Worst) {
      if other.ratio >= ratio { self = other }
    }

    func place(in subject: Subject, _ directions: [Direction]) -> String {
      let place = directions[direction].place(in: subject.point.shape)
      return row == 0 ? place : "\(place), by output \(subject.cotangent.shape.place(of: row - 1))"
    }
  }
}

/// Returns the fourth-order central difference (−f(+2h) + 8f(+h) − 8f(−h) + f(−2h)) / 12h along a direction.
func slope(
  of function: (Tensor) -> Tensor, at point: Tensor, along direction: Direction, _ step: Double
) -> Tensor {
  let near = function(direction.moved(point, by: step)) - function(direction.moved(point, by: -step))
  let far = function(direction.moved(point, by: 2 * step)) - function(direction.moved(point, by: -2 * step))
  return (8 * near - far) / (12 * step)
}

extension Tensor {
  /// The largest absolute value; infinite if one is NaN.
  var magnitude: Double { elements(as: Double.self).reduce(0) { $1.isNaN ? .infinity : Swift.max($0, abs($1)) } }
}

extension Sequence<Tensor> {
  /// The largest absolute value.
  var magnitude: Double { map(\.magnitude).max() ?? 0 }
}
