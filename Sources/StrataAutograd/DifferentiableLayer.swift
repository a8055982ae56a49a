import StrataLayers

/// A layer that implements only a forward function of a variable: a ``DifferentiableModule`` from one tensor to one.
///
/// ```swift
/// struct Swish: DifferentiableLayer {                   // y = x·σ(βx), β learnt
///   let beta = Parameter([], initialValue: 1.5)
///   func forward(_ x: Variable) -> Variable { x * sigmoid(beta.variable * x) }
/// }
/// ```
public protocol DifferentiableLayer: DifferentiableModule, DecomposableLayer
where VariableInput == Variable, VariableOutput == Variable {}
