import StrataLayers
import StrataTensor

/// A cell of which only the step is used: it runs through the loop over steps that cells have by default.
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
