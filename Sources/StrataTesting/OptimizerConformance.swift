import StrataLayers
import StrataTensor
import StrataTraining

/// Checks everything that Strata requires of an optimizer; ``OptimizerCheck`` lists the checks.
///
/// ```swift
/// try checkOptimizer { SGD(for: $0, learningRate: 0.01, momentum: 0.9) }
/// ```
///
/// - Parameters:
///   - skipping: Checks to skip for this optimizer, each with the reason.
///   - seed: The seed of the model and of the gradients.
///   - make: A function that returns a new optimizer for a model, with the same settings each time.
/// - Throws: ``ConformanceError`` with every failed check.
@discardableResult
public func checkOptimizer<O: Optimizer>(
  skipping: [OptimizerCheck: String] = [:], seed: UInt64 = 0, _ make: (Sequential) -> O
) throws -> ConformanceReport {
  let reasons = Dictionary(uniqueKeysWithValues: skipping.map { ($0.key.rawValue, $0.value) })
  var list = Checklist("\(O.self)", skipping: reasons)
  try withoutActuallyEscaping(make) { make in
    let probe = OptimizerProbe(make: make, seed: seed)
    for check in OptimizerCheck.allCases {
      try list.check(check.rawValue) {
        switch check {
        case .repeatable: try probe.checkRepeatable()
        case .descent: try probe.checkDescent()
        case .rate: try probe.checkRate()
        case .independence: try probe.checkIndependence()
        case .rows: try probe.checkRows()
        case .state: try probe.checkState()
        case .singlePrecision: try probe.checkSinglePrecision()
        case .finite: try probe.checkFinite()
        case .snapshot: try probe.checkSnapshot()
        case .workers: try probe.checkWorkers()
        }
      }
    }
  }
  return try list.finish()
}
