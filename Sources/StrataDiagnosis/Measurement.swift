import StrataLayers
import StrataTensor
import StrataTraining

/// A model on all probes, in training mode with the same random numbers each time.
struct Measurement {
  let runs: [ProbeRun]

  /// The mean loss of the probes' rows.
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

  /// √ of the mean over the runs of ‖dL/dw‖².
  func gradientNorm(of parameter: Parameter) -> Double {
    let squares = runs.map { $0.gradients[parameter]?.sumOfSquares ?? 0 }
    return (squares.reduce(0, +) / Double(runs.count)).squareRoot()
  }
}
