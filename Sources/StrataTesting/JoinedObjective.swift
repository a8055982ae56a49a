import StrataLayers
import StrataTensor

/// An objective as a loss, so that what checks losses checks objectives: the floating-point tensors of its output joined, a
/// row for each example, and as the target the numbers of the rows of an example of the target, `int32`.
struct JoinedObjective<Base: Objective>: Loss {
  let base: Base
  private let output: Base.Output
  private let target: Base.Target
  private let layout: RowLayout

  init(_ base: Base, output: Base.Output, target: Base.Target) {
    (self.base, self.output, self.target) = (base, output, target)
    layout = RowLayout(output)
  }

  /// The output, joined, and the numbers of its rows.
  var example: (output: Tensor, target: Tensor) {
    (layout.join(output), Tensor(labels: Array(0..<layout.rows)))
  }

  func evaluate(_ y: consuming Tensor, _ rows: Tensor) -> (value: Double, gradient: Tensor) {
    let dtype = y.dtype
    let (value, gradient) = base.evaluate(group(y, rows), target(rows, dtype))
    return (value, layout.join(gradient))
  }

  func callAsFunction(_ y: Tensor, _ rows: Tensor) -> Double { base(group(y, rows), target(rows, y.dtype)) }

  func divisor(of rows: Tensor) -> Double { base.divisor(of: target(rows, .float64)) }

  private func group(_ y: Tensor, _ rows: Tensor) -> Base.Output {
    layout.fill(output.gathered(rows: rows.elements(as: Int.self)), from: y)
  }

  private func target(_ rows: Tensor, _ dtype: DType) -> Base.Target {
    target.gathered(rows: rows.elements(as: Int.self)).mapped {
      $0.dtype.isFloatingPoint ? $0.converted(to: dtype) : $0
    }
  }
}

/// Checks everything that Strata requires of an objective, as ``checkLoss(_:output:target:skipping:tolerance:seed:)`` does
/// of a loss of one tensor.
///
/// - Parameters:
///   - objective: A built-in or custom objective whose value depends on its rows one by one, unless the checks of
///     parts and of workers are skipped.
///   - output: A model's output, a row for each example, away from kinks.
///   - target: The target of the objective, with as many rows.
///   - skipping: Checks to skip for this objective, each with the reason.
///   - tolerance: The allowed error of the gradient in `float64`, relative to its largest entry.
///   - seed: The seed of all random numbers in the checks.
/// - Throws: ``ConformanceError`` with every failed check.
@discardableResult
public func checkObjective<Goal: Objective>(
  _ objective: Goal, output: Goal.Output, target: Goal.Target, skipping: [LossCheck: String] = [:],
  tolerance: Double = 1e-9, seed: UInt64 = 0
) throws -> ConformanceReport {
  let joined = JoinedObjective(objective, output: output, target: target)
  let example = joined.example
  return try checkLoss(
    joined, output: example.output, target: example.target, skipping: skipping, tolerance: tolerance, seed: seed,
    name: "\(Goal.self)")
}
