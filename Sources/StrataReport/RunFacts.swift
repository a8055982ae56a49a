import Foundation
import StrataTensor
import StrataTraining

/// All that a page shows of a run.
struct RunFacts: Sendable {
  /// Where the run stands.
  enum Status: Sendable, Equatable {
    case waiting, running, finished
    /// Ended by an error, or, with what it says, by a signal.
    case failed(String)
    case interrupted(String)
  }

  /// A parameter of the model.
  struct ParameterRow: Sendable {
    let path: String
    let shape: Shape
  }

  var title: String
  var settings: [(name: String, value: String)] = []
  var surroundings: [(name: String, value: String)] = []
  var status = Status.waiting

  var modelName = ""
  var lossName = ""
  var optimizerName = ""
  var parameters: [ParameterRow] = []

  var history: [EpochRecord] = []
  var epoch: RunningEpoch?
  var steps = 0
  var curve = StepCurve()

  var measures = Measures()
  var classNames: [String] = []

  /// What was added from outside.
  var figures: [(name: String, value: Double)] = []
  var texts: [(heading: String, text: String)] = []

  /// When the page is written, and after how many seconds there is a new one.
  var written = Date.now
  var refreshInterval = 5.0

  /// How long the epochs took.
  var seconds: Double { history.reduce(0) { $0 + $1.seconds } }

  var isUnfinished: Bool { status == .waiting || status == .running }

  func className(_ label: Int) -> String { classNames.indices ~= label ? classNames[label] : "\(label)" }
}

extension RunFacts {
  /// Which losses the run is judged by, epoch by epoch, and how they are called.
  var judgedLosses: (name: String, values: [Double]) {
    let isValidated = history.contains { $0.validation != nil }
    return (isValidated ? "validation loss" : "training loss", history.map(\.judgedLoss))
  }

  /// The place in the history of the epoch with the lowest judged loss.
  var bestPlace: Int? {
    let losses = judgedLosses.values
    return losses.indices.filter { losses[$0].isFinite }.min { losses[$0] < losses[$1] }
  }
}
