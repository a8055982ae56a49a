import StrataLayers
import StrataTensor

/// A layer of which only the forward is written: its backward is that of the tape.
///
/// ```swift
/// struct Swish: DifferentiableLayer {                   // y = x·σ(βx), β learnt
///   let beta = Parameter([1], initialValue: 1.5)
///   func forward(_ x: Variable) -> Variable { x * sigmoid(beta.variable * x) }
/// }
/// ```
///
/// It is a layer like any other, with parameters and layers as properties; a layer in it is called on a variable.
/// The cache is the tape: what each operation's derivative reads, freed as the backward pass uses it.
public protocol DifferentiableLayer: Layer where Cache == Tape {
  /// y, in training and in inference.
  func forward(_ x: Variable) -> Variable
}

extension DifferentiableLayer {
  public func forward(_ x: consuming Tensor) -> (Tensor, Tape) {
    let (y, tape) = Tape.record({ forward($0[0]) }, at: [Variable(x)], learns: true)
    return (y.value, tape)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Tape, _ gradients: inout Gradients) -> Tensor {
    (consume cache).gradients(dy, adding: &gradients)[0]
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Tape, _ gradients: inout Gradients) {
    _ = (consume cache).sweep(Variable(dy), &gradients, wantsInputs: false)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    TapeRecorder.$current.withValue(nil) { [x] in forward(Variable(x)).value }
  }

  /// The layer as part of another function of variables, differentiable in every mode.
  public func callAsFunction(_ x: Variable) -> Variable { forward(x) }
}
