import StrataData
import StrataTensor

/// What is wrong with the examples that a model is to learn from or to be judged by.
public enum TrainingDataError: Error, Sendable, Equatable {
  /// The source gives no batch, for training or for an evaluation.
  case noExamples(purpose: String)

  /// The layer that reads the inputs cannot take some of them, such as indices beyond the table of an `Embedding`.
  case unusableInputs(String)

  /// A step failed, and some rows of its batch have elements that are not finite.
  ///
  /// The rows are the batch's indices: where they stand in the data. No parameter was changed.
  case notFinite(part: String, rows: [Int])
}

extension TrainingDataError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noExamples(let purpose):
      "there is no batch for \(purpose): there are no examples, or fewer than the batch size with keepingRemainder: false"
    case .unusableInputs(let reason): "inputs: \(reason)"
    case .notFinite(let part, let rows):
      "the \(part) hold NaN or an infinity in row \(rows.sorted().prefix(10).map(\.description).joined(separator: ", "))"
        + (rows.count > 10 ? " and \(rows.count - 10) more" : "")
        + "; no parameter was changed. Mend the data or leave these rows out"
    }
  }
}

extension Examples.Batch {
  /// The error that names the rows with elements that are not finite; nil where all are finite.
  var nonFiniteError: TrainingDataError? {
    for (part, tensors) in [("inputs", inputs.tensors), ("labels", labels.tensors)] {
      let bad = (0..<count).filter { row in
        tensors.contains { $0.dtype.isFloatingPoint && !$0[row..<row + 1].isFinite }
      }
      if !bad.isEmpty { return .notFinite(part: part, rows: bad.map { indices[$0] }) }
    }
    return nil
  }
}
