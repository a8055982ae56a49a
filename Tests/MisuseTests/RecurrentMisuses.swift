import Strata
import StrataTensor
import StrataTesting

private let sequences = Tensor(zeros: [2, 4, 3])

/// Misuse of recurrent layers.
let recurrentMisuses: [String: Misuse] = [
  "a cell without state": Misuse("LSTMCell(3, 0): both sizes must be positive") { _ = LSTMCell(3, 0) },
  "a simple cell without inputs": Misuse("RNNCell(0, 2): both sizes must be positive") { _ = RNNCell(0, 2) },
  "truncation to no steps": Misuse("a truncation to 0 steps is not possible; give 1 or more") {
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
  "padded sequences without time": Misuse("values have axes [B, T, …], and these have the shape [3]") {
    _ = PaddedSequences([1, 2, 3], lengths: [1, 1, 1])
  },
  "padding without sequences": Misuse("PaddedSequences: there is no sequence; give one at least") {
    _ = PaddedSequences(padding: [])
  },
  "padding sequences of two widths": Misuse(
    "sequence 1 is float32 of shape [1, 3], number 0 float32 of [2, 2]", "let them differ in the first axis alone"
  ) {
    _ = PaddedSequences(padding: [[[1, 2], [3, 4]], [[5, 6, 7]]])
  },
  "lengths that are no integers": Misuse(
    "values of shape [2, 4, 3] and float32 lengths of shape [2] do not fit; give [B, T, …] and int32 [B]"
  ) {
    let padded = PaddedSequences(sequences, lengths: [4, 2]).mapped { $0.converted(to: .float32) }
    _ = PackedSequential { LastStep() }(padded)
  },
  "lengths changed to more than there is": Misuse("sequences: number 0 cannot have 9 steps") {
    var padded = PaddedSequences(sequences, lengths: [4, 2])
    padded.lengths = Tensor([9, 2] as [Int32], shape: [2])
    _ = PackedSequential { LastStep() }(padded)
  },
  "layers that lose steps": Misuse(
    "its layers made [3, 3] of the 6 steps of 2 sequences", "keep a row for each step, or make one of each sequence"
  ) {
    let half = Lambda("half", forward: { x in (x[0..<3], ()) }, backward: { dy, _ in dy })
    _ = PackedSequential { half }(PaddedSequences(sequences, lengths: [4, 2]))
  },
  "a cotangent without time": Misuse("PackedSequential: dy has shape [2, 3], and the output had [2, 4, …]") {
    let model = PackedSequential { Linear(3, 3) }
    var gradients = Gradients()
    model.accumulate(Tensor(ones: [2, 3]), model.forward(PaddedSequences(sequences, lengths: [4, 2])).1, &gradients)
  },
  "a mean of indices over time": Misuse("a sum over time needs floating-point elements") {
    _ = MeanOverTime()(Tensor(zeros: [2, 4, 3], dtype: .int32))
  },
  "the largest index over time": Misuse("MaxOverTime() needs floating-point elements") {
    _ = MaxOverTime()(Tensor(zeros: [2, 4, 3], dtype: .int32))
  },
  "a cotangent of pooling with time": Misuse("MaxOverTime().backward: dy has shape [2, 4, 3] (float32), the output had")
  {
    var gradients = Gradients()
    _ = MaxOverTime().backward(sequences, MaxOverTime().forward(sequences).1, &gradients)
  },
  "pooling of what has no time": Misuse("LastStep() expects an input of shape [B, T, D], not [2, 3]") {
    _ = LastStep()(Tensor(zeros: [2, 3]))
  },
  "a module checked on indices alone": Misuse("shapes [2], [2] has no floating-point numbers to vary") {
    let indices = Tensor(labels: [0, 1])
    try checkGradients(of: Both(Embedding(3, 2), Embedding(3, 2)), input: Pair(indices, indices))
  },
  "a cell checked on one sequence": Misuse("checkCell: a batch of 1 and 4 steps: give 2 or more of each") {
    try checkCell(GRUCell(3, 5), batch: 1)
  },
  "a cell checked on one step": Misuse("checkCell: a batch of 3 and 1 steps: give 2 or more of each") {
    try checkCell(GRUCell(3, 5), steps: 1)
  },
  "a stack of no layers": Misuse("Sequential.recurrent: 0 layers are not possible; give 1 or more") {
    _ = Sequential.recurrent(2, 3, layers: 0) { GRUCell($0, $1) }
  },
]
