import StrataLayers
import StrataTensor

/// A layer that applies a function of variables, y = f(x): a ``DifferentiableLayer`` defined by a closure.
///
/// ```swift
/// let beta = Parameter([], initialValue: 1.5)
/// let swish = Differentiated(["beta": beta]) { x in x * sigmoid(beta.variable * x) }
/// ```
///
/// The captures of a closure cannot be inspected, so its parameters are listed, with the names under which they are
/// saved. A function that holds layers needs a ``DifferentiableLayer``.
///
/// - Shapes: y has the shape of x unless `outputShape` says otherwise.
///
/// # Backward
/// The chain rule, operation by operation, from the last on the tape to the first. The cache is the tape.
public struct Differentiated: DifferentiableLayer, CustomReflectable, CustomStringConvertible {
  private let parameters: [(label: String?, value: any Sendable)]
  private let function: @Sendable (Variable) -> Variable
  private let shape: @Sendable (Shape) throws -> Shape

  /// Creates a layer from a function and the parameters that it learns.
  public init(
    _ parameters: KeyValuePairs<String, Parameter> = [:],
    outputShape: @escaping @Sendable (_ input: Shape) throws -> Shape = { $0 },
    _ function: @escaping @Sendable (_ x: Variable) -> Variable
  ) {
    self.parameters = parameters.map { ($0.key, $0.value) }
    (self.function, shape) = (function, outputShape)
  }

  public func forward(_ x: Variable) -> Variable { function(x) }

  public func outputShape(for input: Shape) throws -> Shape { try shape(input) }

  /// The listed parameters as named members, in which the walk over a model finds them.
  public var customMirror: Mirror {
    Mirror(self, children: parameters.map { ($0.label, $0.value) }, displayStyle: .struct)
  }

  public var description: String { "Differentiated(\(parameters.compactMap(\.label).joined(separator: ", ")))" }
}
