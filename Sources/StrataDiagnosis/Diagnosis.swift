import StrataLayers
import StrataTensor

/// The findings of a diagnosis, and the training run that they are based on.
public struct Diagnosis: Sendable {
  /// The findings, in the order in which to fix them; empty if nothing was found.
  public let findings: [Finding]

  /// The loss at each step of the training run.
  public let losses: [Double]

  /// ‖dL/dw‖ over all parameters at each step, before clipping.
  public let gradientNorms: [Double]

  /// The validation loss before training and after each tenth of it; empty without validation data.
  public let validationLosses: [Double]
}

extension Diagnosis: CustomStringConvertible {
  /// Each finding with its evidence and remedy, and a line on the training.
  public var description: String {
    let training =
      losses.isEmpty
      ? "no step was made"
      : "\(losses.count) steps: loss \(lossText(losses[0])) to \(lossText(losses.last!))"
        + (validationLosses.isEmpty
          ? ""
          : ", validation loss \(lossText(validationLosses[0])) to \(lossText(validationLosses.last!))")
    let list = findings.enumerated().map { "\($0 + 1). \($1)" }
    return (list.isEmpty ? ["nothing found"] : list).joined(separator: "\n\n") + "\n\n" + training
  }
}
