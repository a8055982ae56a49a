import StrataLayers
import StrataTensor

/// The record of one pass over one batch.
struct ProbeRun {
  let inputs: Tensor
  let labels: Tensor
  let output: Tensor
  let loss: Double
  let dOutput: Tensor
  let gradients: Gradients
  let records: [FlowRecorder.Record]

  init(
    _ run: (recorder: FlowRecorder, output: Tensor, loss: Double, dOutput: Tensor, gradients: Gradients),
    _ examples: (inputs: Tensor, labels: Tensor)
  ) {
    (inputs, labels) = examples
    (output, loss, dOutput, gradients) = (run.output, run.loss, run.dOutput, run.gradients)
    records = run.recorder.records
  }
}
