import StrataLayers
import StrataTensor

/// A cell that forwards only `step`, so that sequences run through the default loop over steps.
struct StepwiseCell<Cell: RecurrentCell>: RecurrentCell {
  let cell: Cell
  var inputSize: Int { cell.inputSize }
  var hiddenSize: Int { cell.hiddenSize }
  func initialState(batch: Int, dtype: DType) -> Cell.State { cell.initialState(batch: batch, dtype: dtype) }
  func step(_ x: Tensor, _ state: Cell.State) -> (Cell.State, Cell.StepCache) { cell.step(x, state) }
  func backward(
    _ dState: Cell.State, _ cache: consuming Cell.StepCache, _ gradients: inout Gradients
  ) -> (dx: Tensor, dState: Cell.State) { cell.backward(dState, cache, &gradients) }
}
