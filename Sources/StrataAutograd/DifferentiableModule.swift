import StrataLayers
import StrataTensor

/// A module that implements only a forward function of variables, one or several in and out; the tape derives its
/// backward.
///
/// ```swift
/// struct Score: DifferentiableModule {                  // ⟨f(x), g(w)⟩, row by row, of a pair (x, w)
///   let user, item: Sequential
///   func forward(_ x: Pair<Variable, Variable>) -> Variable {
///     (user(x.first) * item(x.second)).sum(along: 1, keepingAxes: true)
///   }
/// }
/// ```
///
/// `Score` is a `Module<Pair<Tensor, Tensor>, Tensor>`. Its parameters and the modules in it are stored properties, as in
/// any module. `forward` calls a module on variables, as `user(x)`, which runs in the mode of this module.
///
/// The cache is the tape: the tensors that each operation's derivative reads, released as the backward pass uses them.
public protocol DifferentiableModule: DecomposableModule where Cache == TapeCache<Input> {
  /// What `forward` takes.
  associatedtype VariableInput

  /// What `forward` gives.
  associatedtype VariableOutput

  // These follow from the forward that a type writes.
  associatedtype Input = VariableInput.Tensors
  associatedtype Output = VariableOutput.Tensors
  associatedtype Cache = TapeCache<Input>

  /// Returns y, in training and in inference.
  func forward(_ x: VariableInput) -> VariableOutput
}

extension DifferentiableModule {
  /// Not a default: the forward is what a module of variables has to write.
  @available(*, unavailable, message: "write the forward function of variables")
  public func forward(_ x: VariableInput) -> VariableOutput { fatalError() }

  public func forward(_ x: consuming Input) -> (Output, TapeCache<Input>) {
    let kind = GroupKind(of: x)
    let (y, tape) = Tape.record(learns: true, infers: Inference.isRunning, at: x.tensors.map { Variable($0) }) {
      forward(VariableInput($0, like: kind.shell))
    }
    return (y.value, TapeCache(tape: tape, input: kind))
  }

  public func backward(
    _ dy: consuming Output, _ cache: consuming TapeCache<Input>, _ gradients: inout Gradients
  ) -> Input {
    cache.input.group(of: cache.tape.take()!.gradients(dy.tensors, adding: &gradients))
  }

  public func accumulate(_ dy: consuming Output, _ cache: consuming TapeCache<Input>, _ gradients: inout Gradients) {
    _ = cache.tape.take()!.sweep(dy.tensors.map { Variable($0) }, &gradients, wantsInputs: false)
  }

  public func callAsFunction(_ x: consuming Input) -> Output {
    Differentiation.recording(on: nil) { [x] in forward(VariableInput(x)).value }
  }

  /// Applies the module inside another function of variables, in that function's mode, differentiable in every way.
  public func callAsFunction(_ x: VariableInput) -> VariableOutput { forward(x) }

  public func decomposed(_ x: VariableInput) -> VariableOutput { forward(x) }
}
