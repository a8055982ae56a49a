import StrataTensor

/// The likely cause of a wrong gradient, found by comparing it with the result of each common fault.
struct GradientDiagnosis {
  private let subject: GradientComparison.Subject
  private let batch: Int
  /// Whether each entry was compared separately, which hypotheses about single entries require.
  private let isByEntry: Bool
  private let analytic: [Double]
  private let numeric: [Double]
  /// The derivative of every output with respect to each entry.
  private let slopes: [Tensor]
  private let directions: [Direction]

  init(
    _ subject: GradientComparison.Subject, directions: [Direction], slopes: [Tensor], batch: Int
  ) {
    self.subject = subject
    self.batch = batch
    self.slopes = slopes
    self.directions = directions
    isByEntry = directions.count == subject.point.count
    let gradient = subject.gradient ?? Tensor(zeros: subject.point.shape, dtype: .float64)
    analytic = directions.map { $0.dot(gradient) }
    numeric = slopes.map { ($0 * subject.cotangent).sum().item }
  }

  /// The first hypothesis that explains at least 99 % of the difference.
  var cause: String {
    if subject.gradient == nil { return "no gradient was added for it: is gradients.add called in backward?" }
    if analytic.contains(where: { !$0.isFinite }) { return "backward gives numbers that are not finite" }
    return zeros ?? plainFactor ?? transposed ?? overwritten ?? samples ?? stale ?? normalization ?? anyFactor
      ?? "a term of the derivative is missing or wrong"
  }

  private func explains(_ hypothesis: [Double]) -> Bool {
    let unexplained = 0.01 * zip(analytic, numeric).reduce(0) { max($0, abs($1.0 - $1.1)) }
    return zip(analytic, hypothesis).allSatisfy { abs($0 - $1) <= unexplained }
  }

  // MARK: - Factors

  private var zeros: String? {
    explains(numeric.map { _ in 0 }) ? "backward gives zeros: a term is missing" : nil
  }

  private var factor: Double {
    let square = numeric.reduce(0) { $0 + $1 * $1 }
    return zip(analytic, numeric).reduce(0) { $0 + $1.0 * $1.1 } / square
  }

  private var plainFactor: String? {
    let factor = factor
    guard explains(numeric.map { factor * $0 }) else { return nil }
    if abs(factor + 1) < 1e-6 { return "the sign is wrong" }
    if abs(factor - Double(batch)) < 1e-6 { return "it is too large by the batch size, \(batch)" }
    if abs(factor * Double(batch) - 1) < 1e-6 {
      return "it is too small by the batch size, \(batch): the 1/B of a mean belongs in the loss alone"
    }
    return nil
  }

  private var anyFactor: String? {
    let factor = factor
    return explains(numeric.map { factor * $0 })
      ? "it is too large by the factor \((factor * 1e9).rounded() / 1e9)" : nil
  }

  // MARK: - Terms

  private var transposed: String? {
    let shape = subject.point.shape
    guard isByEntry else { return nil }
    if shape.rank == 2, shape[0] == shape[1],
      explains(numeric.indices.map { numeric[$0 % shape[0] * shape[0] + $0 / shape[0]] })
    {
      return "it is transposed"
    }
    // J·dy instead of Jᵀ·dy: a factor of the backward should be transposed.
    guard subject.cotangent.count == slopes.count, slopes.count > 1 else { return nil }
    var product = Tensor(zeros: subject.cotangent.shape, dtype: .float64)
    for (slope, dy) in zip(slopes, subject.cotangent.elements(as: Double.self)) { product += dy * slope }
    return explains(product.elements(as: Double.self))
      ? "it is multiplied by the transposed factor: dx = dy·Wᵀ, not dy·W" : nil
  }

  private var overwritten: String? {
    guard isByEntry, subject.cotangent.shape == subject.point.shape else { return nil }
    let dy = subject.cotangent.elements(as: Double.self)
    return explains(zip(numeric, dy).map { $0 - $1 })
      ? "dy itself is missing: the gradient that reaches the input past the layers was overwritten "
        + "instead of added" : nil
  }

  /// The hypothesis that the sum over the batch, or one sample of it, is missing.
  private var samples: String? {
    guard isByEntry, subject.cotangent.rank > 1, subject.cotangent.shape[0] > 1, !subject.isInput else {
      return nil
    }
    let shares = slopes.map { slope -> [Double] in
      let product = slope * subject.cotangent
      return product.reshaped([product.shape[0], -1]).sum(along: 1).elements(as: Double.self)
    }
    for sample in 0..<subject.cotangent.shape[0] {
      if explains(shares.map { $0[sample] }) {
        return "it is the gradient by sample \(sample) alone: the sum over the batch is missing, as of a bias"
      }
      if explains(zip(numeric, shares).map { $0 - $1[sample] }) {
        return "sample \(sample) is missing: a term was overwritten instead of added, or a bound is shifted"
      }
    }
    return nil
  }

  private var stale: String? {
    guard let elsewhere = subject.elsewhere else { return nil }
    let there = directions.map { direction in
      (slope(of: elsewhere, at: subject.point, along: direction, 1e-4) * subject.cotangent).sum().item
    }
    return explains(there)
      ? "the cache is stale: it is the gradient at the input of another forward; let backward read its cache "
        + "and nothing that a later forward changes" : nil
  }

  /// The hypothesis that the missing part lies, group by group, in the span of 1 and x, or of y: the contribution of a
  /// mean, a deviation or a sum that normalizes the group. The correct gradient is then orthogonal to 1, since the
  /// result does not depend on the mean, or to x, since it does not depend on the scale.
  private var normalization: String? {
    let (shape, dy) = (subject.point.shape, subject.cotangent)
    guard isByEntry, subject.isInput, dy.shape == shape, shape.rank > 0 else { return nil }
    let residual = zip(numeric, analytic).map { $0 - $1 }
    let x = subject.point.elements(as: Double.self)
    let y = subject.function(subject.point).elements(as: Double.self)
    let rows = shape.count / shape[-1]
    var groups = [(0..<rows).map { row in (0..<shape[-1]).map { row * shape[-1] + $0 } }]
    if shape.rank > 1 {
      let inner = shape.count / shape[0] / shape[1]
      groups.append((0..<shape[1]).map { c in (0..<shape.count).filter { $0 / inner % shape[1] == c } })
      let size = shape.count / shape[0]
      groups.append((0..<shape[0]).map { row in Array(row * size..<(row + 1) * size) })
    }
    let fits = groups.contains { groups in
      groups.allSatisfy { $0.count > 3 && (isOrthogonal(to: x.map { _ in 1 }, in: $0) || isOrthogonal(to: x, in: $0)) }
        && (explains(zip(numeric, fitted(residual, by: [x.map { _ in 1 }, x], in: groups)).map { $0 - $1 })
          || explains(zip(numeric, fitted(residual, by: [y], in: groups)).map { $0 - $1 }))
    }
    return fits
      ? "a normalization is treated as constant: its mean, deviation or sum depends on the input too" : nil
  }

  private func isOrthogonal(to direction: [Double], in group: [Int]) -> Bool {
    func dot(_ a: [Double], _ b: [Double]) -> Double { group.reduce(0) { $0 + a[$1] * b[$1] } }
    return abs(dot(numeric, direction)) <= 1e-3 * (dot(numeric, numeric) * dot(direction, direction)).squareRoot()
  }

  /// Returns the least-squares fit of `values` by one or two functions, separately in each group.
  private func fitted(_ values: [Double], by basis: [[Double]], in groups: [[Int]]) -> [Double] {
    var result = values
    for group in groups {
      func dot(_ a: [Double], _ b: [Double]) -> Double { group.reduce(0) { $0 + a[$1] * b[$1] } }
      let (u, v) = (basis[0], basis.count > 1 ? basis[1] : basis[0].map { _ in 0 })
      let uu = dot(u, u)
      let shift = uu > 0 ? dot(u, v) / uu : 0
      // v without its part along u, so that the two coefficients are independent.
      let w = zip(u, v).map { $1 - shift * $0 }
      let (ww, a) = (dot(w, w), uu > 0 ? dot(u, values) / uu : 0)
      let b = ww > 0 ? dot(w, values) / ww : 0
      for index in group { result[index] = a * u[index] + b * w[index] }
    }
    return result
  }
}
