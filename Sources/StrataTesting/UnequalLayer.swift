import StrataLayers
import StrataTensor

/// A layer that runs a cell over sequences of given lengths from a given state: from the steps and the state joined,
/// [B, T·in + state], to the outputs and the last state, [B, T·hidden + state].
struct UnequalLayer<Cell: RecurrentCell>: Layer {
  let cell: Cell
  let lengths: [Int]
  let steps: Int

  typealias Cache = Recurrent<Cell>.Unrolled

  var inputs: Int { steps * cell.inputSize + initial(.float32).rows.shape[1] }

  private func initial(_ dtype: DType) -> Cell.State { cell.initialState(batch: lengths.count, dtype: dtype) }

  func forward(_ x: Tensor) -> (Tensor, Cache) {
    let width = steps * cell.inputSize
    let parts = x.split([width, x.shape[1] - width], along: 1)
    let sequences = parts[0].reshaped(to: [lengths.count, steps, cell.inputSize])
    let run = Recurrent(cell).unroll(sequences, lengths: lengths, from: initial(x.dtype).filled(from: parts[1]))
    let outputs = run.outputs.reshaped(to: [lengths.count, steps * cell.hiddenSize])
    return (Tensor(concatenating: [outputs, run.lastState.rows], along: 1), run)
  }

  func backward(_ dy: Tensor, _ run: Cache, _ gradients: inout Gradients) -> Tensor {
    let width = steps * cell.hiddenSize
    let parts = dy.split([width, dy.shape[1] - width], along: 1)
    let back = Recurrent(cell).backward(
      outputs: parts[0].reshaped(to: run.outputs.shape), lastState: run.lastState.filled(from: parts[1]), run.cache,
      &gradients)
    let dx = back.dx!.reshaped(to: [lengths.count, steps * cell.inputSize])
    return Tensor(concatenating: [dx, back.dInitialState.rows], along: 1)
  }
}
