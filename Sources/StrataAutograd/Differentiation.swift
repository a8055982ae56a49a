import StrataLayers
import StrataTensor

/// How the functions of variables that run now are differentiated.
struct Differentiation: Sendable {
  @TaskLocal static var current = Differentiation()

  /// The tape of the innermost function being recorded.
  var recorder: TapeRecorder?

  /// Whether modules run in inference.
  var infers = true

  /// Whether modules and objectives are composed of operations on variables, which can be differentiated repeatedly.
  var decomposes = false

  /// Whether parameters are constants.
  var isFrozen = false

  /// Variables in the place of parameters.
  var substitutes: [ObjectIdentifier: Variable] = [:]

  /// Runs a function with some of this changed.
  static func with<R>(_ change: (inout Differentiation) -> Void, run: () throws -> R) rethrows -> R {
    var next = current
    change(&next)
    return try $current.withValue(next, operation: run)
  }

  /// Runs a function that is recorded on this tape, or on none.
  static func recording<R>(on recorder: TapeRecorder?, infers: Bool = true, run: () throws -> R) rethrows -> R {
    try with(
      {
        ($0.recorder, $0.infers, $0.decomposes) = (recorder, infers, !$0.substitutes.isEmpty)
      }, run: run)
  }

  /// Whether a parameter receives gradients, or has one through what stands in its place.
  var learns: Bool { !isFrozen && recorder?.learns == true || !substitutes.isEmpty }
}

/// Runs a function with variables in the place of parameters, so that the modules in it are functions of them:
/// PyTorch's `functional_call`.
///
/// ```swift
/// let parameters = model.parameters.map(\.parameter)
/// let loss = { (w: [Variable]) in withParameters(parameters, as: w) { MeanSquaredError()(model(x), y) } }
/// hessianVectorProduct(of: loss, at: parameters.map(\.value), along: v)
/// ```
///
/// The modules must be ``DecomposableModule``s, as Strata's layers are.
public func withParameters<R>(
  _ parameters: [Parameter], as variables: [Variable], _ body: () throws -> R
) rethrows -> R {
  let (found, expected) = (variables.map(\.kind), parameters.map(\.kind))
  require(found == expected, "withParameters: the variables are \(found), the parameters \(expected)")
  return try Differentiation.with {
    $0.decomposes = true
    for (parameter, variable) in zip(parameters, variables) { $0.substitutes[ObjectIdentifier(parameter)] = variable }
  } run: {
    try body()
  }
}

extension Variable {
  fileprivate var kind: String { "\(dtype) \(shape)" }
}

extension Parameter {
  fileprivate var kind: String { "\(dtype) \(shape)" }
}
