import StrataLayers
import StrataTensor

/// A tensor whose operations can be differentiated, with the same arithmetic as `Tensor`.
///
/// ```swift
/// gradient(of: { x in (x * x).sum() }, at: [1, 2, 3])        // [2, 4, 6]
/// ```
///
/// A function that differentiates another passes it variables, which are valid only inside it; any other variable
/// is a constant. Operations broadcast and check shapes as those of `Tensor`, which compute the values.
public struct Variable: Sendable {
  /// The numbers.
  public let value: Tensor

  /// ẋ, the derivative of the value along the direction of forward mode; nil for zero.
  let tangent: Tensor?

  /// The position on a tape; nil for a constant.
  let link: (recorder: TapeRecorder, position: Int)?

  /// Creates a constant, with respect to which nothing is differentiated.
  public init(_ value: Tensor) { self.init(value, tangent: nil) }

  init(_ value: Tensor, tangent: Tensor?, link: (recorder: TapeRecorder, position: Int)? = nil) {
    (self.value, self.tangent, self.link) = (value, tangent, link)
  }

  /// The length of each axis.
  public var shape: Shape { value.shape }
  /// The type of the elements.
  public var dtype: DType { value.dtype }

  /// Returns this variable, named in a ``Trace``.
  public func named(_ name: String) -> Variable {
    if let link { link.recorder.name(link.position, name) }
    return self
  }

  /// The variable without its tape, as the tape itself keeps it.
  var unlinked: Variable { Variable(value, tangent: tangent) }

  /// Returns a number as a constant of this variable's type.
  func constant(_ number: Double) -> Variable { Variable(Tensor(repeating: number, shape: [], dtype: dtype)) }
}

/// Returns x as a constant: dx = 0, by definition.
public func stopGradient(_ x: Variable) -> Variable { Variable(x.value) }

extension Parameter {
  /// The parameter as a variable: inside ``gradients(of:)`` and a ``DifferentiableModule`` the parameter receives its
  /// gradient; elsewhere it is a constant.
  public var variable: Variable { TapeRecorder.current?.variable(of: self) ?? Variable(value) }
}
