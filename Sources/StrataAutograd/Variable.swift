import StrataLayers
import StrataTensor

/// A tensor whose operations can be differentiated: arithmetic on variables reads like that on tensors.
///
/// ```swift
/// gradient(of: { x in (x * x).sum() }, at: [1, 2, 3])        // [2, 4, 6]
/// ```
///
/// What differentiates a function gives it variables, which are of use inside it alone; any other variable
/// is a constant. Operations broadcast and check shapes as those of `Tensor`, which do the work.
public struct Variable: Sendable {
  /// The numbers.
  public let value: Tensor

  /// ẋ, the derivative of the value along the direction of forward mode; nil where it is zero.
  let tangent: Tensor?

  /// The place on a tape; nil for a constant.
  let link: (recorder: TapeRecorder, position: Int)?

  /// A constant: nothing is differentiated with respect to it.
  public init(_ value: Tensor) { self.init(value, tangent: nil) }

  init(_ value: Tensor, tangent: Tensor?, link: (recorder: TapeRecorder, position: Int)? = nil) {
    (self.value, self.tangent, self.link) = (value, tangent, link)
  }

  /// The length of each axis.
  public var shape: Shape { value.shape }
  /// The type of the elements.
  public var dtype: DType { value.dtype }

  /// The same variable, called so in a ``Trace``.
  public func named(_ name: String) -> Variable {
    if let link { link.recorder.name(link.position, name) }
    return self
  }

  /// The variable off the tape: what the tape itself keeps.
  var unlinked: Variable { Variable(value, tangent: tangent) }

  /// A number that meets this variable in an operation.
  func constant(_ number: Double) -> Variable { Variable(Tensor(repeating: number, shape: [], dtype: dtype)) }
}

/// x as a constant: dx = 0, by decree.
public func stopGradient(_ x: Variable) -> Variable { Variable(x.value) }

extension Parameter {
  /// The value as a variable: inside ``gradients(of:)`` and a ``DifferentiableLayer`` its gradient is the
  /// parameter's, elsewhere it is a constant.
  public var variable: Variable { TapeRecorder.current?.variable(of: self) ?? Variable(value) }
}
