import StrataLayers
import StrataTensor

// The decompositions of modules that hold others.

extension Sequential: DecomposableLayer {
  /// Returns what the layers make of x, one after the other.
  public func decomposed(_ x: Variable) -> Variable { apply(layers, x) }
}
extension Checkpoint: DecomposableLayer {
  /// Returns what the layers make of x, one after the other, with nothing computed again.
  public func decomposed(_ x: Variable) -> Variable { apply(layers, x) }
}
extension Offloaded: DecomposableLayer {
  /// Returns what the layers make of x, one after the other.
  public func decomposed(_ x: Variable) -> Variable { apply(layers, x) }
}
extension Frozen: DecomposableLayer {
  /// Returns what the layers infer from x, whose parameters are constants.
  public func decomposed(_ x: Variable) -> Variable {
    Differentiation.with {
      ($0.infers, $0.isFrozen, $0.substitutes) = (true, true, [:])
    } run: {
      apply(layers, passesGradient ? x : stopGradient(x))
    }
  }
}
extension Residual: DecomposableLayer {
  /// Returns x + s f(x).
  public func decomposed(_ x: Variable) -> Variable {
    let f = apply(children.map { $0 as! any Layer }, x)
    return x + (scale.map { $0.variable * f } ?? f)
  }
}
extension Parallel: DecomposableLayer {
  /// Returns the sum of the branches' outputs, or these joined along the axis.
  public func decomposed(_ x: Variable) -> Variable {
    let parts: [Variable] = branches.enumerated().map { apply($1, at: .position($0), x) }
    guard case .concatenate(let axis) = join else { return parts.dropFirst().reduce(parts[0], +) }
    return Variable(concatenating: parts, along: axis)
  }
}
extension Reversible: DecomposableLayer {
  /// Returns the halves (a, b) ← (b, a + f(b)) for each layer f.
  public func decomposed(_ x: Variable) -> Variable {
    let half = x.shape[axis] / 2
    var (a, b) = (x.sliced(0..<half, along: axis), x.sliced(half..<2 * half, along: axis))
    for (position, layer) in layers.enumerated() { (a, b) = (b, a + apply(layer, at: .position(position), b)) }
    return Variable(concatenating: [a, b], along: axis)
  }
}
extension Chain: DecomposableModule
where First: DecomposableModule, Second: DecomposableModule, First.VariableOutput == Second.VariableInput {
  /// Returns what the second module makes of the output of the first.
  public func decomposed(_ x: First.VariableInput) -> Second.VariableOutput {
    let y: First.VariableOutput = apply(first, at: 0, x)
    return apply(second, at: 1, y)
  }
}
extension Both: DecomposableModule where First: DecomposableModule, Second: DecomposableModule {
  /// Returns the output of each module of its part of the input.
  public func decomposed(
    _ x: Pair<First.VariableInput, Second.VariableInput>
  ) -> Pair<First.VariableOutput, Second.VariableOutput> {
    Pair(apply(first, at: 0, x.first), apply(second, at: 1, x.second))
  }
}
extension Recomputed: DecomposableModule where Base: DecomposableModule {
  /// Returns the output of the base, with nothing computed again.
  public func decomposed(_ x: Base.VariableInput) -> Base.VariableOutput { base(x) }
}
extension Parametrized: DecomposableModule where Base: DecomposableModule, Function: DecomposableLayer {
  /// Returns the module's output with what the function makes of the parameter in its place.
  public func decomposed(_ x: Base.VariableInput) -> Base.VariableOutput {
    let weight = function(parameter.variable)
    return Differentiation.with {
      $0.substitutes[ObjectIdentifier(parameter)] = weight
    } run: {
      base(x)
    }
  }
}
extension Parametrized: DecomposableLayer where Base: DecomposableLayer, Function: DecomposableLayer {}
