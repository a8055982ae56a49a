import StrataLayers
import StrataTensor

/// An objective that is also given as a composition of operations on variables, with which it can be differentiated
/// twice, and inside another gradient.
///
/// ```swift
/// extension Squares: DecomposableObjective {
///   func decomposed(_ output: Variable, _ target: Tensor) -> Variable { pow(output - Variable(target), 2).mean() }
/// }
/// ```
public protocol DecomposableObjective: Objective where Output == VariableOutput.Tensors {
  /// The variables that stand for `Output`.
  associatedtype VariableOutput: VariableGroup

  /// Returns the objective, one number of any shape.
  func decomposed(_ output: VariableOutput, _ target: Target) -> Variable
}

/// A `SampleObjective` that gives the loss of each sample as operations on variables.
public protocol DecomposableSampleObjective: DecomposableObjective, SampleObjective {
  /// The variables that stand for `Output`.
  associatedtype VariableOutput

  /// Returns the `values` of `samples`.
  func decomposedSamples(_ output: VariableOutput, _ target: Target) -> Variable
}

extension DecomposableSampleObjective {
  public func decomposed(_ output: VariableOutput, _ target: Target) -> Variable {
    let divisor = divisor(of: target)
    return decomposedSamples(output, target).sum() * (divisor == 0 ? 0 : 1 / divisor)
  }
}

extension Objective {
  /// Returns the objective of variables as operations on them, of shape [].
  func decomposed<Y: VariableGroup>(_ output: Y, _ target: Target) -> Variable where Y.Tensors == Output {
    if let sum = self as? WeightedSum<Output, Target> {
      let terms = sum.terms.map { $0.weight * $0.objective(output, target) as Variable }
      return terms.dropFirst().reduce(terms[0], +)
    }
    guard let objective = self as? any DecomposableObjective else {
      stop(
        "\(Self.self) can be differentiated once: for second derivatives and nested gradients make it a "
          + "DecomposableObjective, a function of variables")
    }
    do { try validate(target, for: output.value.shapes) } catch { stop("\(error)") }
    return objective.applied(output.variables, like: output.value, target).reshaped(to: [])
  }
}

extension DecomposableObjective {
  fileprivate func applied(_ output: [Variable], like tensors: Any, _ target: Any) -> Variable {
    decomposed(VariableOutput(output, like: tensors as! Output), target as! Target)
  }
}
