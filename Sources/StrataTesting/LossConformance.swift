import StrataLayers
import StrataTensor

/// Checks everything that Strata requires of a loss; ``LossCheck`` lists the checks.
///
/// ```swift
/// try checkLoss(Huber(delta: 0.7), output: Tensor(normal: [4, 3]), target: Tensor(normal: [4, 3]))
/// ```
///
/// - Parameters:
///   - loss: A built-in or custom loss.
///   - output: A model's output in `float32`, samples first, away from kinks.
///   - target: The target of the loss.
///   - skipping: Checks to skip for this loss, each with the reason.
///   - tolerance: The allowed error of the gradient in `float64`, relative to its largest entry.
///   - seed: The seed of all random numbers in the checks.
/// - Throws: ``ConformanceError`` with every failed check.
@discardableResult
public func checkLoss<L: Loss>(
  _ loss: L, output: Tensor, target: Tensor, skipping: [LossCheck: String] = [:], tolerance: Double = 1e-9,
  seed: UInt64 = 0
) throws -> ConformanceReport {
  try checkLoss(
    loss, output: output, target: target, skipping: skipping, tolerance: tolerance, seed: seed, name: "\(L.self)")
}

func checkLoss<L: Loss>(
  _ loss: L, output: Tensor, target: Tensor, skipping: [LossCheck: String], tolerance: Double, seed: UInt64,
  name: String
) throws -> ConformanceReport {
  let reasons = Dictionary(uniqueKeysWithValues: skipping.map { ($0.key.rawValue, $0.value) })
  var list = Checklist(name, skipping: reasons)
  let probe = LossProbe(loss: loss, output: output.converted(to: .float32), target: target.like(.float32))
  for check in LossCheck.allCases {
    try list.check(check.rawValue) {
      switch check {
      case .gradients: try probe.checkGradients(tolerance, seed)
      case .singlePrecision: try probe.checkSinglePrecision()
      case .valueAlone: try probe.checkValueAlone()
      case .samples: try probe.checkSamples(tolerance, seed)
      case .parts: try probe.checkParts()
      case .largeLogits: try probe.checkLargeLogits()
      case .notANumber: try probe.checkNotANumber()
      case .infinity: try probe.checkInfinity()
      case .workers: try probe.checkWorkers()
      }
    }
  }
  return try list.finish()
}

/// The checks of a loss.
private struct LossProbe<L: Loss> {
  let loss: L
  let output: Tensor
  let target: Tensor

  func checkGradients(_ tolerance: Double, _ seed: UInt64) throws -> String {
    let gradient = loss.evaluate(output, target).gradient
    try demand(
      gradient.shape == output.shape && gradient.dtype == output.dtype,
      expected: "\(output.dtype) of shape \(output.shape)", found: "\(gradient.dtype) of shape \(gradient.shape)",
      at: "the gradient", cause: "a sum too many, or an operand broadcast that should not be")
    let report = try StrataTesting.checkGradients(
      of: loss, output: output, target: target, tolerance: tolerance, floor: tolerance / 100, seed: seed, isBrief: true)
    return "largest error \(report.error)"
  }

  func checkSinglePrecision() throws -> String {
    let (value, gradient) = loss.evaluate(output, target)
    let (exact, exactGradient) = loss.evaluate(output.like(.float64), target.like(.float64))
    let cause = "cancellation, or an overflow of intermediate results"
    try demandClose(Tensor([value]), Tensor([exact]), within: 1e-5, "the value in float32", cause)
    try demandClose(gradient, exactGradient, within: 1e-5, "the gradient in float32", cause)
    return ""
  }

  func checkValueAlone() throws -> String {
    try demandSameBits(
      Tensor([loss(output, target)] as [Double]), Tensor([loss.evaluate(output, target).value] as [Double]),
      "the value", "callAsFunction is written by itself, and sums in another order or leaves something out")
    return ""
  }

  func checkSamples(_ tolerance: Double, _ seed: UInt64) throws -> String {
    guard let loss = loss as? any SampleLoss else { throw Checklist.Skip("it is no SampleLoss") }
    return try checkSamples(loss, tolerance, seed)
  }

  private func checkSamples(_ loss: some SampleLoss, _ tolerance: Double, _ seed: UInt64) throws -> String {
    let (output, target) = (output.like(.float64), target.like(.float64))
    let (value, gradient) = loss.evaluate(output, target)
    let (values, sum) = loss.samples(output, target)
    let divisor = loss.divisor(of: target)
    let cause = "samples(_:_:) gives other losses than evaluate(_:_:) adds up"
    try demandClose(
      Tensor([values.sum().item] as [Double]), Tensor([divisor * value] as [Double]), within: 1e-12,
      "the sum of the samples' losses", cause)
    try demandClose(sum, divisor * gradient, within: 1e-12, "the gradient of that sum", cause)
    var generator = RandomGenerator(seed: seed, stream: cotangentStream)
    let weighted = loss.weighted()
    let weights = Tensor(uniform: values.shape, in: 0.5..<2, dtype: .float64, using: &generator)
    let counts = loss.weights(of: target)?.converted(to: .float64) ?? Tensor(ones: values.shape, dtype: .float64)
    let isSum = loss.reduction == .sum
    try demandClose(
      Tensor([divisor] as [Double]), Tensor([isSum ? 1 : counts.sum().item] as [Double]), within: 1e-12,
      "the divisor of the mean", "weights(of:) are not what divisor(of:) adds up")
    let expected = (values * weights).sum().item / (isSum ? 1 : max(1e-300, (weights * counts).sum().item))
    try demandClose(
      Tensor([weighted(output, Pair(target, weights))] as [Double]), Tensor([expected] as [Double]), within: 1e-12,
      "the weighted mean", "divisor(of:) is not the sum of weights(of:)")
    let report = try StrataTesting.checkGradients(
      of: weighted, output: output, target: Pair(target, weights), tolerance: tolerance, floor: tolerance / 100,
      seed: seed, isBrief: true)
    return "\(values.shape); largest error \(report.error) of the weighted gradient"
  }

  func checkParts() throws -> String {
    guard output.shape[0] > 1, target.shape.rank > 0, target.shape[0] == output.shape[0] else {
      throw Checklist.Skip("output and target do not share a first axis of two samples or more")
    }
    let (output, target) = (output.like(.float64), target.like(.float64))
    let whole = loss.evaluate(output, target)
    var (value, gradients) = (0.0, [Tensor]())
    for rows in [0..<1, 1..<output.shape[0]] {
      let part = loss.evaluate(output[rows], target[rows])
      // A part in which every sample is ignored has the divisor 0 and the value 0.
      value += loss.divisor(of: target[rows]) * part.value
      gradients.append(loss.divisor(of: target[rows]) * part.gradient)
    }
    let divisor = loss.divisor(of: target)
    let cause = "divisor(of:) is not what the mean divides by, or the 1/B enters twice"
    try demandClose(
      Tensor([value] as [Double]), Tensor([divisor * whole.value] as [Double]), within: 1e-12,
      "divisor · value, sample 0 and the rest", cause)
    try demandClose(
      Tensor(concatenating: gradients), divisor * whole.gradient, within: 1e-12,
      "divisor · gradient, sample 0 and the rest", cause)
    return "divisor \(divisor)"
  }

  func checkLargeLogits() throws -> String {
    guard loss is any LogitLoss else { throw Checklist.Skip("it is no LogitLoss") }
    for sign in [1.0, -1] {
      let large = sign * 1e4 * output / max(output.magnitude, 1e-30)
      let (value, gradient) = loss.evaluate(large, target)
      try demand(
        value.isFinite && gradient.magnitude.isFinite, expected: "a finite value and gradient",
        found: "\(value), and gradients up to \(gradient.magnitude)", at: "outputs of up to \(sign * 1e4)",
        cause: "exp overflows, or the logarithm of a rounded 0: subtract the largest logit first")
    }
    return ""
  }

  func checkNotANumber() throws -> String {
    var reached = 0
    for place in places {
      let number = output.elements(as: Double.self)[place]
      let base = loss(output, target)
      let moves = [number + 0.01, number + 10, number - 10]
      guard moves.contains(where: { loss(output.replacing(place, by: $0), target) != base }) else { continue }
      reached += 1
      let (value, gradient) = loss.evaluate(output.replacing(place, by: .nan), target)
      try demand(
        value.isNaN && gradient.elements(as: Double.self)[place].isNaN, expected: "NaN",
        found: "the value \(value), the gradient there \(gradient.elements(as: Double.self)[place])",
        at: "NaN at output \(output.shape.place(of: place))",
        cause: "a comparison, a maximum or a clamp swallows NaN: every comparison with it is false")
    }
    return "\(reached) elements"
  }

  func checkInfinity() throws -> String {
    for place in places {
      for sign in [1.0, -1] {
        let tail = [1e6, 1e9].map { loss(output.like(.float64).replacing(place, by: sign * $0), target.like(.float64)) }
        guard let limit = limit(tail[0], tail[1]) else { continue }
        for dtype in [DType.float32, .float64] {
          let value = loss(output.like(dtype).replacing(place, by: sign * .infinity), target.like(dtype))
          try demandLimit(
            value, limit, at: "the value for \(sign * .infinity) at output \(output.shape.place(of: place)), \(dtype)")
        }
      }
    }
    return ""
  }

  func checkWorkers() throws -> String {
    try StrataTesting.checkWorkers(output.shape.withLargeBatches) { shape in
      let copies = shape == output.shape ? 1 : shape[0] / output.shape[0]
      let (output, target) = (output.repeated(copies), target.repeated(copies))
      return {
        let (value, gradient) = loss.evaluate(output, target)
        return [("the value", Tensor([value] as [Double])), ("the gradient", gradient)]
      }
    }
  }

  private var places: [Int] { probedPlaces(of: output) }
}

extension Tensor {
  /// Returns the tensor in another precision; indices are unchanged.
  fileprivate func like(_ dtype: DType) -> Tensor { self.dtype.isFloatingPoint ? converted(to: dtype) : self }

  /// Returns the rows repeated.
  fileprivate func repeated(_ times: Int) -> Tensor {
    times == 1 ? self : Tensor(concatenating: Array(repeating: self, count: times))
  }
}
