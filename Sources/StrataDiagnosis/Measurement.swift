import StrataLayers
import StrataTensor
import StrataTraining

extension TrialTraining {
  /// A measurement of a model on all probes, in training mode with the same random numbers each time.
  struct Measurement {
    let runs: [ProbeRun]

    /// The mean loss over the probes' rows.
    var loss: Double {
      let rows = runs.map { Double($0.rows) }
      return zip(runs, rows).reduce(0.0) { $0 + $1.0.loss * $1.1 } / rows.reduce(0, +)
    }

    init(of trial: TrialTraining) {
      runs = trial.contents.restoringStreams {
        for entry in trial.contents.streams { entry.stream.position = 0 }
        return trial.probes.map { ProbeRun(trial.model, trial.loss, $0) }
      }
    }

    /// Returns the root mean square of ‖dL/dw‖ over the runs.
    func gradientNorm(of parameter: Parameter) -> Double {
      let squares = runs.map { $0.gradients[parameter]?.sumOfSquares ?? 0 }
      return (squares.reduce(0, +) / Double(runs.count)).squareRoot()
    }
  }
}
