import StrataLayers
import StrataTensor

/// A layer that runs one step of a cell, from x_t and the state joined, [B, in + state], to the next state,
/// [B, state].
struct StepLayer<Cell: RecurrentCell>: Layer, CustomStringConvertible {
  let cell: Cell

  typealias Cache = Cell.StepCache

  /// The number of features of x_t and of the state together.
  var inputs: Int { cell.inputSize + stateSize }

  private var stateSize: Int { cell.initialState(batch: 1, dtype: .float32).tensors.reduce(0) { $0 + $1.count } }

  func forward(_ x: Tensor) -> (Tensor, Cache) {
    requireInput(x.shape)
    let parts = x.split([cell.inputSize, stateSize], along: 1)
    let model = cell.initialState(batch: x.shape[0], dtype: x.dtype)
    let (next, step) = cell.step(parts[0], model.filled(from: parts[1]))
    return (next.rows, step)
  }

  func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Tensor {
    let model = cell.initialState(batch: dy.shape[0], dtype: dy.dtype)
    let (dx, before) = cell.backward(model.filled(from: dy), cache, &gradients)
    return Tensor(concatenating: [dx, before.rows], along: 1)
  }

  func outputShape(for input: Shape) throws -> Shape {
    guard input.rank == 2, input[1] == inputs else {
      throw ShapeError(description, expected: "[B, \(inputs)]", input: input, remedy: "join x and the state")
    }
    return [input[0], stateSize]
  }

  var description: String { "a step of \(cell)" }
}

extension TensorGroup {
  /// The tensors of the value joined, one row per sequence.
  var rows: Tensor {
    Tensor(concatenating: tensors.map { $0.reshaped(to: [$0.shape[0], $0.count / $0.shape[0]]) }, along: 1)
  }

  /// Returns a state of the same shapes with these numbers, in the layout of ``rows``.
  func filled(from rows: Tensor) -> Self {
    var state = self
    let widths = tensors.map { $0.count / $0.shape[0] }
    state.tensors = zip(tensors, rows.split(widths, along: 1)).map { $1.reshaped(to: $0.shape) }
    return state
  }
}
