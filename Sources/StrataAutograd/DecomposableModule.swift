import StrataLayers
import StrataTensor

/// A module whose function is also given as a composition of operations on variables, with which it can be
/// differentiated in every way: in forward mode, twice, and inside another gradient.
///
/// ```swift
/// extension Scale: DecomposableLayer {                  // y = a·x, a learnt
///   func decomposed(_ x: Variable) -> Variable { a.variable * x }
/// }
/// ```
///
/// In a single gradient its own `backward` runs, which may be faster and need less memory. Strata's layers are
/// decomposable; PyTorch calls such a form a decomposition.
public protocol DecomposableModule: Module where Input == VariableInput.Tensors, Output == VariableOutput.Tensors {
  /// The variables that stand for `Input`.
  associatedtype VariableInput: VariableGroup

  /// The variables that stand for `Output`.
  associatedtype VariableOutput: VariableGroup

  /// Returns the y of `forward`, composed of operations on variables. It reads parameters as a `variable`, and applies
  /// the modules that it holds to variables.
  func decomposed(_ x: VariableInput) -> VariableOutput

  /// Returns the y of inference. By default the same, with the modules in it in inference.
  func decomposedInference(_ x: VariableInput) -> VariableOutput
}

extension DecomposableModule {
  public func decomposedInference(_ x: VariableInput) -> VariableOutput { decomposed(x) }

  /// Applies the module to the variables of its input, and returns those of its output, and the output.
  fileprivate func applied(_ x: [Variable], like input: Any) -> (variables: [Variable], value: Any) {
    let x = VariableInput(x, like: input as! Input)
    let y = Differentiation.current.infers ? decomposedInference(x) : decomposed(x)
    return (y.variables, y.value)
  }
}

/// A ``DecomposableModule`` from one tensor to one.
public protocol DecomposableLayer: DecomposableModule, Layer
where VariableInput == Variable, VariableOutput == Variable {}

extension Module {
  /// Returns the module's function of a group of variables as operations on them.
  func decomposed<X: VariableGroup, Y: VariableGroup>(_ x: X, infers: Bool) -> Y
  where X.Tensors == Input, Y.Tensors == Output {
    guard let module = self as? any DecomposableModule else {
      stop(
        "\(self) can be differentiated once, in reverse: for forward mode, second derivatives and nested gradients make it a "
          + "DecomposableModule, with its forward as a function of variables")
    }
    do { _ = try outputShapes(for: x.value.shapes) } catch { stop("\(error)") }
    let y = Differentiation.with {
      ($0.decomposes, $0.infers) = (true, infers)
    } run: {
      module.applied(x.variables, like: x.value)
    }
    return Y(y.variables, like: y.value as! Output)
  }

  /// Applies a module that this one holds.
  func apply<Child: Module, X: VariableGroup, Y: VariableGroup>(_ child: Child, at place: Place, _ x: X) -> Y
  where X.Tensors == Child.Input, Y.Tensors == Child.Output {
    place.enter()
    defer { Place.leave() }
    return child(x)
  }

  /// Applies layers that this one holds, one after the other.
  func apply(_ layers: [any Layer], _ x: Variable) -> Variable {
    layers.enumerated().reduce(x) { x, layer in apply(layer.element, at: .position(layer.offset), x) }
  }
}
