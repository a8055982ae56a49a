import StrataLayers
import StrataTensor

/// Checks all that Strata asks of a layer, in one call: that its backward is the derivative of its forward, and
/// that it keeps to the rules by which layers can be composed, recomputed, saved and shared between threads.
///
/// ```swift
/// @Test func swish() throws { try checkLayer(Swish(), input: [3, 5]) }
/// ```
///
/// The checks are those of ``LayerCheck``; all are made, also where one fails. It is an ordinary
/// throwing function: it works in Swift Testing, in XCTest and in a program, and checks of several
/// layers may run at once. Meanwhile nothing else may use the layer, whose numbers change precision and are
/// put back, bit for bit.
///
/// Shapes that a layer cannot take it refuses by throwing a `ShapeError` from `outputShape(for:)`, and is then
/// not tried with them.
///
/// - Parameters:
///   - layer: Any layer, built in or your own.
///   - input: The shape of an input, batch axis included. Two to five samples of a few features say most.
///   - values: What an input of a given shape is; standard normal numbers unless said otherwise. For layers
///     whose inputs are indices, or lie in an interval.
///   - surrogate: Of which function backward is the derivative, where by decree that is not forward: the
///     identity for a straight-through estimator, y = −λx for a reversal of gradients. It may share the
///     layer's parameters.
///   - refuses: Shapes that `outputShape(for:)` accepts and training refuses, such as one value a channel for a
///     normalization over the batch.
///   - skipping: Checks that are not to hold for this layer, each with the reason, which the report repeats.
///   - tolerance: The error allowed of gradients in `float64`, relative to the largest entry of each.
///   - seed: Of all random numbers in the checks.
/// - Returns: The checks by name, each with what was looked at, or why it was skipped.
/// - Throws: ``ConformanceError``, with what was expected, what was found, where, and the likely cause.
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

/// The layer as it describes itself, in one line.
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
