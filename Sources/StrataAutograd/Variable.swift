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

  /// The tape that it is on; nil for a constant, and for what the tape itself keeps, which would keep the tape.
  private let recorder: TapeRecorder?

  /// The position on the tape; nil for a constant, −1 for the output of the node that keeps it.
  private let position: Int?

  /// Creates a constant, with respect to which nothing is differentiated.
  public init(_ value: Tensor) { self.init(value, tangent: nil) }

  init(_ value: Tensor, tangent: Tensor?, link: (recorder: TapeRecorder, position: Int)? = nil) {
    self.init(value, tangent, link?.recorder, link?.position)
  }

  private init(_ value: Tensor, _ tangent: Tensor?, _ recorder: TapeRecorder?, _ position: Int?) {
    (self.value, self.tangent, self.recorder, self.position) = (value, tangent, recorder, position)
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

  /// The tape, and the position on it; nil for a constant.
  var link: (recorder: TapeRecorder, position: Int)? { recorder.map { ($0, position!) } }

  /// The variable without its tape.
  var unlinked: Variable { Variable(value, tangent: tangent) }

  /// The variable as the tape itself keeps it.
  var kept: Variable { Variable(value, tangent, nil, recorder == nil && position != -1 ? nil : position) }

  /// The variable as the node that computes it keeps it.
  var ofItsNode: Variable { Variable(value, tangent, nil, -1) }

  /// Returns what a node of a tape keeps as a variable on that tape.
  func linked(to recorder: TapeRecorder, keptBy node: Int) -> Variable {
    position.map { Variable(value, tangent, recorder, $0 == -1 ? node : $0) } ?? self
  }

  /// Returns this variable with the value that another way of computing it has.
  func with(_ value: Tensor) -> Variable { Variable(value, tangent, recorder, position) }

  /// Returns a number as a constant of this variable's type.
  func constant(_ number: Double) -> Variable { Variable(Tensor(repeating: number, shape: [], dtype: dtype)) }

  /// Zeros of this variable's shape and type, as a constant.
  var zeros: Variable { Variable(Tensor(zeros: shape, dtype: dtype)) }
}

/// Returns x as a constant: dx = 0, by definition.
public func stopGradient(_ x: Variable) -> Variable { Variable(x.value) }

extension Parameter {
  /// The parameter as a variable: inside ``gradients(of:)`` and a ``DifferentiableModule`` the parameter receives its
  /// gradient; inside ``withParameters(_:as:_:)`` it is what stands in its place; elsewhere it is a constant.
  public var variable: Variable {
    let now = Differentiation.current
    return now.substitutes[ObjectIdentifier(self)] ?? (now.isFrozen ? nil : now.recorder)?.variable(of: self)
      ?? Variable(value)
  }
}
