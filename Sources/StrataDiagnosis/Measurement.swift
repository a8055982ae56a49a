import StrataLayers
import StrataTensor
import StrataTraining

/// A measurement of a model on all probes, in training mode with the same random numbers each time.
struct Measurement {
  let runs: [ProbeRun]

  /// The mean loss over the probes' rows.
  var loss: Double {
    let rows = runs.map { Double($0.inputs.shape[0]) }
    return zip(runs, rows).reduce(0.0) { $0 + $1.0.loss * $1.1 } / rows.reduce(0, +)
  }

  init<Model: Layer, Objective: Loss, Rule: Optimizer>(of trial: TrialTraining<Model, Objective, Rule>) {
    runs = trial.contents.restoringStreams {
      for entry in trial.contents.streams { entry.stream.position = 0 }
      return trial.probes.map { examples in
        ProbeRun(
          FlowRecorder.run(trial.model, at: examples.inputs) { trial.loss.evaluate($0, examples.labels) }, examples)
      }
    }
  }

  /// Returns the root mean square of ‖dL/dw‖ over the runs.
  func gradientNorm(of parameter: Parameter) -> Double {
    let squares = runs.map { $0.gradients[parameter]?.sumOfSquares ?? 0 }
    return (squares.reduce(0, +) / Double(runs.count)).squareRoot()
  }
}
