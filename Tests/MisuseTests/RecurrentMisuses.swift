import Strata
import StrataTensor
import StrataTesting

private let sequences = Tensor(zeros: [2, 4, 3])

/// Misuse of recurrent layers.
let recurrentMisuses: [String: Misuse] = [
  "a cell without state": Misuse("LSTMCell(3, 0): both sizes must be positive") { _ = LSTMCell(3, 0) },
  "a simple cell without inputs": Misuse("RNNCell(0, 2): both sizes must be positive") { _ = RNNCell(0, 2) },
  "truncation to no steps": Misuse("Recurrent: a truncation to 0 steps is not possible; give 1 or more") {
    _ = Recurrent(GRUCell(3, 5), truncation: 0)
  },
  "lengths beyond the steps": Misuse(
    "sequences: number 1 cannot have 5 steps; give a length in 0...4, the axis of time"
  ) {
    _ = Recurrent(GRUCell(3, 5)).unroll(sequences, lengths: [3, 5])
  },
  "lengths of other sequences": Misuse("sequences: 1 lengths do not fit a batch of 2; give one for each") {
    _ = Recurrent(GRUCell(3, 5)).unroll(sequences, lengths: [3])
  },
  "a first state of another size": Misuse("an initial state must be float32 of shape [2, 5], not float32 of [2, 3]") {
    _ = Recurrent(GRUCell(3, 5)).unroll(sequences, from: Tensor(zeros: [2, 3]))
  },
  "a cotangent of another width": Misuse(
    "dL by the outputs must be float32 of shape [2, 4, 5], not float32 of [2, 4, 3]"
  ) {
    let layer = Recurrent(GRUCell(3, 5))
    var gradients = Gradients()
    _ = layer.backward(sequences, layer.forward(sequences).1, &gradients)
  },
  "sequences of another width": Misuse("expects an input of shape [B, T, 3], not [2, 4, 9]") {
    _ = Recurrent(GRUCell(3, 5))(Tensor(zeros: [2, 4, 9]))
  },
  "sequences without a step": Misuse("expects an input of shape [B, T, 3], not [2, 0, 3]") {
    _ = Recurrent(GRUCell(3, 5)).forward(Tensor(zeros: [2, 0, 3]))
  },
  "two directions of two widths": Misuse("Bidirectional: both cells read the same input", "differ in input size") {
    _ = Bidirectional(GRUCell(3, 4), GRUCell(2, 4))
  },
  "a cell checked on one sequence": Misuse("checkCell: a batch of 1 and 4 steps: give 2 or more of each") {
    try checkCell(GRUCell(3, 5), batch: 1)
  },
  "a cell checked on one step": Misuse("checkCell: a batch of 3 and 1 steps: give 2 or more of each") {
    try checkCell(GRUCell(3, 5), steps: 1)
  },
]
