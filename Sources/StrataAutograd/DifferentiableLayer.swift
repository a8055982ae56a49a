import StrataLayers
import StrataTensor

/// A layer that implements only a forward function of variables; the tape derives its backward.
///
/// ```swift
/// struct Swish: DifferentiableLayer {                   // y = x·σ(βx), β learnt
///   let beta = Parameter([1], initialValue: 1.5)
///   func forward(_ x: Variable) -> Variable { x * sigmoid(beta.variable * x) }
/// }
/// ```
///
/// Its parameters and layers are stored properties, as in any layer; `forward` calls a layer on a variable.
/// The cache is the tape: the tensors that each operation's derivative reads, released as the backward pass uses them.
public protocol DifferentiableLayer: Layer where Cache == Tape {
  /// Returns y, in training and in inference.
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

  /// Applies the layer inside another function of variables, differentiable in every mode.
  public func callAsFunction(_ x: Variable) -> Variable { forward(x) }
}
