import StrataLayers
import StrataTensor

/// What a gradient check compared, and how closely it agreed.
public struct GradientReport: Sendable, CustomStringConvertible {
  /// One tensor's comparison.
  public struct Entry: Sendable {
    /// The parameter's path, or "input".
    public let name: String
    /// How many entries or directions were compared.
    public let comparisons: Int
    /// The largest difference, relative to the largest entry of the tensor.
    public let error: Double
  }

  public internal(set) var entries: [Entry] = []

  /// The largest error of all.
  public var error: Double { entries.map(\.error).max() ?? 0 }

  public var description: String {
    entries.map { "\($0.name): \($0.comparisons) compared, largest error \($0.error)" }
      .joined(separator: "\n")
  }
}

/// Compares gradients with differences, tensor by tensor.
struct GradientComparison {
  let layer: String
  let batch: Int
  let tolerance: Double
  let floor: Double
  var generator: RandomGenerator
  var report = GradientReport()

  /// Up to so many entries, each is compared by itself.
  private static let entryLimit = 400
  private static let directionCount = 12

  /// Largest first: a smooth function is differentiated best by the first, and the others pass kinks.
  private static let steps = [1e-3, 1e-4, 1e-5, 1e-6]

  init(layer: String, batch: Int, tolerance: Double, floor: Double, generator: RandomGenerator) {
    self.layer = layer
    self.batch = batch
    self.tolerance = tolerance
    self.floor = floor
    self.generator = generator
  }

  /// Compares one tensor's gradient with the differences of `functional(function(·))` at `point`.
  ///
  /// Outputs are subtracted before the linear functional is taken, which keeps their rounding out of the
  /// result where they do not change.
  mutating func compare(
    _ gradient: Tensor?, at point: Tensor, named name: String, _ function: (Tensor) -> Tensor,
    against functional: (Tensor) -> Double
  ) throws {
    guard point.count > 0 else { return }
    if let gradient, gradient.shape != point.shape {
      throw GradientMismatch(
        layer: layer, tensor: name, place: "shape", analytic: .nan, numeric: .nan, error: .infinity,
        cause: "the gradient has shape \(gradient.shape), \(name) has \(point.shape)")
    }
    let analytic = gradient?.elements(as: Double.self) ?? Array(repeating: 0, count: point.count)
    let directions = self.directions(like: point)
    let scale = analytic.reduce(0) { max($0, abs($1)) }
    var pairs: [(analytic: Double, numeric: Double)] = []
    var worst = (index: 0, error: 0.0, allowed: 1.0)
    for (index, direction) in directions.enumerated() {
      let expected = direction.dot(analytic)
      let allowed = tolerance * scale * direction.length + floor
      var best = Double.nan
      for step in Self.steps {
        let numeric = difference(function, functional, at: point, along: direction, step)
        if best.isNaN || abs(numeric - expected) < abs(best - expected) { best = numeric }
        if abs(best - expected) <= allowed { break }
      }
      pairs.append((expected, best))
      let error = abs(best - expected)
      if !(error / allowed <= worst.error / worst.allowed) { worst = (index, error, allowed) }
    }
    guard worst.error <= worst.allowed else {
      throw GradientMismatch(
        layer: layer, tensor: name, place: directions[worst.index].place(in: point.shape),
        analytic: pairs[worst.index].analytic, numeric: pairs[worst.index].numeric, error: worst.error,
        cause: cause(of: pairs, wasAdded: gradient != nil, shape: point.shape))
    }
    report.entries.append(
      .init(name: name, comparisons: pairs.count, error: scale > 0 ? worst.error / scale : worst.error))
  }

  private mutating func directions(like point: Tensor) -> [Direction] {
    if point.count <= Self.entryLimit { return (0..<point.count).map { .entry($0) } }
    return (0..<Self.directionCount).map { _ in
      .everywhere(Tensor(normal: point.shape, dtype: .float64, using: &generator))
    }
  }

  private func difference(
    _ function: (Tensor) -> Tensor, _ functional: (Tensor) -> Double, at point: Tensor,
    along direction: Direction, _ step: Double
  ) -> Double {
    let near = function(direction.moved(point, by: step)) - function(direction.moved(point, by: -step))
    let far = function(direction.moved(point, by: 2 * step)) - function(direction.moved(point, by: -2 * step))
    return functional((8 * near - far) / (12 * step))
  }

  /// What usually leads to such a residual.
  private func cause(of pairs: [(analytic: Double, numeric: Double)], wasAdded: Bool, shape: Shape) -> String {
    if !wasAdded { return "no gradient was added for it: is gradients.add called in backward?" }
    if pairs.contains(where: { !$0.analytic.isFinite }) {
      return "backward gives numbers that are not finite"
    }
    // A hypothesis must explain all but a hundredth of the difference.
    let unexplained = 0.01 * pairs.reduce(0) { max($0, abs($1.analytic - $1.numeric)) }
    func agree(_ matches: (Int) -> (Double, Double)) -> Bool {
      pairs.indices.allSatisfy { index in
        let (a, b) = matches(index)
        return abs(a - b) <= unexplained
      }
    }
    if agree({ (pairs[$0].analytic, 0) }) { return "backward gives zeros: a term is missing" }
    let numericSquare = pairs.reduce(0) { $0 + $1.numeric * $1.numeric }
    let factor = pairs.reduce(0) { $0 + $1.analytic * $1.numeric } / numericSquare
    if agree({ (pairs[$0].analytic, factor * pairs[$0].numeric) }) {
      if abs(factor + 1) < 1e-6 { return "the sign is wrong" }
      if abs(factor - Double(batch)) < 1e-6 { return "it is too large by the batch size, \(batch)" }
      if abs(factor * Double(batch) - 1) < 1e-6 {
        return "it is too small by the batch size, \(batch): the 1/B of a mean belongs in the loss alone"
      }
      return "it is too large by the factor \(factor)"
    }
    if shape.rank == 2, shape[0] == shape[1], pairs.count == shape.count {
      let n = shape[0]
      if agree({ (pairs[$0].analytic, pairs[$0 % n * n + $0 / n].numeric) }) { return "it is transposed" }
    }
    return "a term of the derivative is missing or wrong"
  }
}

/// A direction in which a tensor is moved.
private enum Direction {
  /// One entry by itself.
  case entry(Int)
  /// All entries at once.
  case everywhere(Tensor)

  func moved(_ point: Tensor, by step: Double) -> Tensor {
    switch self {
    case .entry(let index):
      var moved = point
      moved.withUnsafeMutableElements(as: Double.self) { $0[index] += step }
      return moved
    case .everywhere(let direction): return point + step * direction
    }
  }

  func dot(_ gradient: [Double]) -> Double {
    switch self {
    case .entry(let index): gradient[index]
    case .everywhere(let direction): (direction * Tensor(gradient, shape: direction.shape)).sum().item
    }
  }

  var length: Double {
    switch self {
    case .entry: 1
    case .everywhere(let direction): direction.sumOfSquares.squareRoot()
    }
  }

  func place(in shape: Shape) -> String {
    guard case .entry(var index) = self else { return "along a random direction" }
    var indices: [Int] = []
    for length in shape.lengths.reversed() {
      indices.insert(index % length, at: 0)
      index /= length
    }
    return "\(indices)"
  }
}
