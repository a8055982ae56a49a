import StrataLayers
import StrataTensor

/// Checks everything that Strata requires of a layer: that its backward is the derivative of its forward, and that it
/// can be composed, recomputed, saved and shared between threads.
///
/// ```swift
/// @Test func swish() throws { try checkLayer(Swish(), input: [3, 5]) }
/// ```
///
/// ``LayerCheck`` lists the checks; all run, even if one fails. This is an ordinary throwing function: it works in
/// Swift Testing, in XCTest and in a program, and several layers may be checked concurrently. Nothing else may use
/// the layer meanwhile, since its tensors change precision; they are restored bit for bit.
///
/// Shapes for which `outputShape(for:)` throws a `ShapeError` are not tried.
///
/// - Parameters:
///   - layer: A built-in or custom layer.
///   - input: The shape of an input, including the batch axis. Two to five samples of a few features are best.
///   - values: A function that returns an input of a given shape, for layers whose inputs are indices or lie in an
///     interval; standard normal numbers by default.
///   - surrogate: The function whose derivative backward is, if by definition that is not forward: the identity for
///     a straight-through estimator, y = −λx for a gradient reversal. It may share the layer's parameters.
///   - refuses: Shapes that `outputShape(for:)` accepts but training refuses, such as one value per channel for a
///     normalization over the batch.
///   - skipping: Checks to skip for this layer, each with the reason, which the report repeats.
///   - tolerance: The allowed error of gradients in `float64`, relative to the largest entry of each.
///   - seed: The seed of all random numbers in the checks.
/// - Returns: The checks by name, each with what it covered or why it was skipped.
/// - Throws: ``ConformanceError``, with the expected and the actual result, the place, and the likely cause.
@discardableResult
public func checkLayer<L: Layer>(
  _ layer: L, input: Shape, values: (@Sendable (Shape) -> Tensor)? = nil, takenFor surrogate: (any Layer)? = nil,
  refusing refuses: @escaping @Sendable (Shape) -> Bool = { _ in false }, skipping: [LayerCheck: String] = [:],
  tolerance: Double = 1e-9, seed: UInt64 = 0
) throws -> ConformanceReport {
  let reasons = Dictionary(uniqueKeysWithValues: skipping.map { ($0.key.rawValue, $0.value) })
  var list = Checklist(name(of: layer), skipping: reasons)
  let probe = LayerProbe(layer, input, values, surrogate, refuses, tolerance, seed)
  try withPrecision(.float32, probe.contents.boxes) {
    try probe.contents.restoringStreams {
      for check in LayerCheck.allCases {
        try list.check(check.rawValue) { try probe.make(check) }
        if check == .parameters, !list.report.failed.isEmpty { return }
      }
    }
  }
  return try list.finish()
}

/// Returns the layer's description in one line.
private func name(of layer: some Layer) -> String {
  let description = "\(layer)"
  return description.contains("\n") ? "\(type(of: layer))" : description
}

extension LayerProbe {
  fileprivate func make(_ check: LayerCheck) throws -> String {
    switch check {
    case .gradients: try checkGradients()
    case .singlePrecision: try checkSinglePrecision()
    case .addition: try checkAddition()
    case .order: try checkOrder()
    case .snapshot: try checkSnapshot()
    case .accumulate: try checkAccumulate()
    case .inference: try checkInference()
    case .cachedBytes: try checkCachedBytes()
    case .cacheIsRead: try checkCacheIsRead()
    case .parameters: try checkParameters()
    case .checkpoint: try checkCheckpoint()
    case .shapes: try checkShapes()
    case .outputShape: try checkOutputShape()
    case .notANumber: try checkNotANumber()
    case .infinity: try checkInfinity()
    case .workers: try checkWorkers()
    case .concurrency: try checkConcurrency()
    }
  }
}
