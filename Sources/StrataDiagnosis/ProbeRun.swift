import StrataLayers
import StrataTensor

extension TrialTraining {
  /// The record of one pass over one batch.
  struct ProbeRun {
    let inputs: Model.Input
    let labels: Goal.Target
    let output: Model.Output
    let loss: Double
    let dOutput: Model.Output
    let gradients: Gradients
    let records: [FlowRecorder.Record]

    var rows: Int { inputs.exampleCount }

    init(_ model: Model, _ loss: Goal, _ batch: Batch) {
      let run = FlowRecorder.run(model, at: batch.inputs) { loss.evaluate($0, batch.labels) }
      (inputs, labels) = batch
      (output, self.loss, dOutput, gradients) = (run.output, run.loss, run.dOutput, run.gradients)
      records = run.recorder.records
    }
  }
}

extension TensorGroup {
  /// The number of rows, or 1 where the tensors have none in common.
  var exampleCount: Int { rowCount ?? 1 }

  /// √ mean x² over all tensors.
  var rms: Double { norm / Double(Swift.max(1, tensors.reduce(0) { $0 + $1.count })).squareRoot() }

  var isFinite: Bool { tensors.allSatisfy { $0.firstNonFinite == nil } }
}
