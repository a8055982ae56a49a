import StrataTensor

/// What a recurrent cell hands from one time step to the next: tensors with one row a sequence, of which the
/// first is the cell's output h.
///
/// A cell that remembers nothing else has `Tensor` as its state.
public protocol RecurrentState: Sendable {
  /// The tensors, the output first.
  var tensors: [Tensor] { get set }
}

extension Tensor: RecurrentState {
  /// The tensor itself: a state of one part.
  public var tensors: [Tensor] {
    get { [self] }
    set { self = newValue[0] }
  }
}

extension RecurrentState {
  /// The same kind of state with other tensors.
  func mapped(_ change: (Tensor) -> Tensor) -> Self {
    var state = self
    state.tensors = tensors.map(change)
    return state
  }

  /// The sequences of these rows; the state itself where they are all.
  func rows(_ range: Range<Int>) -> Self {
    range == 0..<tensors[0].shape[0] ? self : mapped { $0[range] }
  }

  /// The sequences of this state and then those of another.
  func followed(by rest: Self) -> Self {
    var state = self
    state.tensors = zip(tensors, rest.tensors).map { Tensor(concatenating: [$0, $1]) }
    return state
  }

  /// √ Σ of all squares.
  var norm: Double { tensors.reduce(0) { $0 + $1.sumOfSquares }.squareRoot() }
}
