import StrataTensor

/// The direction of the chain rule: forward mode takes one pass per input, reverse mode one per output.
public enum DifferentiationMode: Sendable { case forward, reverse }

/// Returns the Jacobian ∂yᵢ/∂xⱼ of f at x, of shape [outputs, inputs], and the number of passes that it took. The mode
/// that needs fewer passes is used unless `mode` is given.
public func jacobian(
  of f: (Variable) throws -> Variable, at x: Tensor, by mode: DifferentiationMode? = nil
) rethrows -> (matrix: Tensor, mode: DifferentiationMode, passes: Int) {
  let (y, tape) = try Tape.record(at: [Variable(x)]) { try f($0[0]) }
  let (inputs, outputs) = (x.count, y.shape.count)
  switch mode ?? (inputs < outputs ? .forward : .reverse) {
  case .forward:
    let columns = try (0..<inputs).map { try jvp(of: f, at: x, along: .basis($0, like: x)).tangent }
    return (Tensor(stacking: columns).reshaped(to: [inputs, outputs]).transposed.tensor, .forward, inputs)
  case .reverse:
    let rows = (0..<outputs).map { tape.gradients(.basis($0, like: y.value))[0] }
    return (Tensor(stacking: rows).reshaped(to: [outputs, inputs]), .reverse, outputs)
  }
}
