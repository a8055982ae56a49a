import StrataTensor

/// A module that runs with f(v) in the place of one of its parameters v, which is what training learns.
///
/// ```swift
/// let layer = Linear(784, 256).weightNormalized()                        // w = g v / ‖v‖
/// let critic = Conv2D(3, 64, kernel: 3).spectrallyNormalized()           // w = v / σ(v)
/// let recurrent = Recurrent(LSTMCell(28, 64)).weightNormalized("cell.hiddenWeight")
/// let symmetric = Linear(8, 8).parametrized(by: Symmetric())             // a layer of your own: v to (v + vᵀ) / 2
/// ```
///
/// f is a layer that keeps the shape of v. Whatever the module is, it reads w = f(v) where it would read its parameter;
/// other uses of the parameter, tied ones, see v. The parameter keeps its path, and those of f are below
/// `parametrizations.PATH`.
///
/// # Backward
/// With dw the gradient that the module's backward finds for its parameter, dv = f.backward(dw): by the chain rule, for
/// w reaches the loss through the module alone. All other gradients are the module's. The cache is that of both, and w.
///
/// PyTorch's `torch.nn.utils.parametrize`, in whose state the names are these.
public struct Parametrized<Base: Module, Function: Layer>: Module, CustomReflectable, CustomStringConvertible {
  /// The module.
  public let base: Base

  /// f, from the parameter to what the module runs with.
  public let function: Function

  private let path: String
  package let parameter: Parameter

  /// The caches of both, and w.
  public struct Cache: Sendable {
    var base: Base.Cache?
    var function: Function.Cache?
    let weight: Tensor
  }

  /// A module with a function of a parameter in its place.
  ///
  /// - Parameters:
  ///   - base: The module.
  ///   - path: The path of the parameter in it.
  ///   - function: f.
  public init(_ base: Base, _ path: String = "weight", by function: Function) {
    (self.base, self.function, self.path) = (base, function, path)
    parameter = base.parameter(at: path)
  }

  public func forward(_ x: consuming Base.Input) -> (Base.Output, Cache) {
    run(x, function.forward(parameter.value)) { base.forward($0) }
  }

  public func inference(_ x: consuming Base.Input) -> (Base.Output, Cache) {
    run(x, function.inference(parameter.value)) { base.inference($0) }
  }

  public func backward(
    _ dy: consuming Base.Output, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Base.Input { propagate(dy, cache, &gradients) { base.backward($0, $1, &$2) } }

  public func accumulate(
    _ dy: consuming Base.Output, _ cache: consuming Cache, _ gradients: inout Gradients
  ) { propagate(dy, cache, &gradients) { base.accumulate($0, $1, &$2) } }

  public func callAsFunction(_ x: consuming Base.Input) -> Base.Output {
    var x = Optional(x)
    return replacing(by: function(parameter.value)) { base(x.take()!) }
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? { try base.outputShapes(for: input) }

  public var stopsGradient: Bool { base.stopsGradient }

  public var ignoresGradient: Bool { base.ignoresGradient }

  /// The module's own mirror, so that paths are the module's, and the function.
  public var customMirror: Mirror { Mirror(self, children: ["": base, "parametrizations." + path: function]) }

  public var description: String { "\(base).parametrized(\"\(path)\", by: \(function))" }

  private func run(
    _ x: consuming Base.Input, _ made: consuming (weight: Tensor, cache: Function.Cache),
    _ forward: (consuming Base.Input) -> (Base.Output, Base.Cache)
  ) -> (Base.Output, Cache) {
    var x = Optional(x)
    let (y, cache) = replacing(by: made.weight) { forward(x.take()!) }
    return (y, Cache(base: cache, function: made.cache, weight: made.weight))
  }

  /// Runs the module's backward, which may run its forward again, and then that of the function.
  private func propagate<R>(
    _ dy: consuming Base.Output, _ cache: consuming Cache, _ gradients: inout Gradients,
    _ backward: (consuming Base.Output, consuming Base.Cache, inout Gradients) -> R
  ) -> R {
    var (dy, found) = (Optional(dy), gradients.discards ? Gradients.discarding : Gradients())
    let result = replacing(by: cache.weight) { backward(dy.take()!, cache.base.take()!, &found) }
    if let dw = found.take(parameter) {
      found.add(function.backward(dw, cache.function.take()!, &found), to: parameter)
    }
    gradients.add(found)
    return result
  }

  private func replacing<R>(by weight: Tensor, _ body: () -> R) -> R {
    require(
      weight.shape == parameter.shape && weight.dtype == parameter.dtype,
      "\(self): the function makes \(weight.dtype) of \(weight.shape) of a parameter that is \(parameter.dtype) of "
        + "\(parameter.shape); keep shape and type")
    return ModelSnapshot.replacing(parameter.box, by: weight, body)
  }
}

extension Parametrized: Layer where Base: Layer {
  public func outputShape(for input: Shape) throws -> Shape { try base.outputShape(for: input) }
}

extension Parametrized: PyTorchNamed {
  /// Those of `torch.nn.utils.parametrize`.
  public var pytorchNames: [String: PyTorchName] {
    let name = base.pytorchPlace(of: parameter).name
    let original = Function.self == WeightNorm.self ? "original1" : "original"
    return [
      name: PyTorchName("parametrizations.\(name).\(original)"),
      "parametrizations.\(path)": PyTorchName("parametrizations.\(name)"),
    ]
  }
}

extension Module {
  /// Returns the module with a function of one of its parameters in the parameter's place.
  public func parametrized<Function: Layer>(
    _ path: String = "weight", by function: Function
  ) -> Parametrized<Self, Function> { Parametrized(self, path, by: function) }

  /// Returns the module with a weight whose norm is learnt apart from its direction: see ``WeightNorm``.
  ///
  /// - Parameters:
  ///   - path: The path of the parameter.
  ///   - axis: The axis along which each place has its norm; nil for that of the outputs, the first one in PyTorch.
  public func weightNormalized(_ path: String = "weight", axis: Int? = nil) -> Parametrized<Self, WeightNorm> {
    let parameter = parameter(at: path)
    let axis = axis ?? (pytorchPlace(of: parameter).isTransposed ? 1 : 0)
    return Parametrized(self, path, by: WeightNorm(of: parameter.value, axis: axis))
  }

  /// Returns the module with a weight whose largest singular value is 1: see ``SpectralNorm``.
  ///
  /// - Parameters:
  ///   - path: The path of the parameter.
  ///   - axis: The axis of the matrix's rows; nil for that of the outputs.
  ///   - iterations: How many steps the estimate makes in each forward pass of training.
  ///   - epsilon: The least norm that a vector is divided by.
  public func spectrallyNormalized(
    _ path: String = "weight", axis: Int? = nil, iterations: Int = 1, epsilon: Double = 1e-12
  ) -> Parametrized<Self, SpectralNorm> {
    let parameter = parameter(at: path)
    let isFromInputs = self is ConvTranspose1D || self is ConvTranspose2D || pytorchPlace(of: parameter).isTransposed
    let function = SpectralNorm(
      of: parameter.value, axis: axis ?? (isFromInputs ? 1 : 0), iterations: iterations, epsilon: epsilon)
    return Parametrized(self, path, by: function)
  }

  /// The parameter at a path.
  fileprivate func parameter(at path: String) -> Parameter {
    let all = ModelContents(of: self).parameters
    guard let found = all.first(where: { $0.path == path }) else {
      let similar = nearest(to: path, among: all.map(\.path)) ?? "none, for it has no parameters"
      stop("\(self): has no parameter \"\(path)\"; the nearest path is \(similar)")
    }
    return found.parameter
  }

  /// PyTorch's name of a parameter, and whether PyTorch has it transposed.
  fileprivate func pytorchPlace(of parameter: Parameter) -> (name: String, isTransposed: Bool) {
    for entry in PyTorchLayout(of: self, renaming: [:]).groups.joined() {
      for piece in entry.pieces where piece.holder === parameter { return (entry.name, piece.isTransposed) }
    }
    return ("", false)
  }
}
