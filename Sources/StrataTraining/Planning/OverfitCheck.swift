import StrataLayers
import StrataTensor

/// Whether a model can learn a single batch by heart: what ``Trainer/overfit(oneBatch:steps:to:)`` returns, with evidence
/// and a remedy.
public struct OverfitCheck: Sendable {
  /// The loss of each step on the batch, before its update.
  public let losses: [Double]

  /// The share of classes predicted in the last step, where labels are class indices.
  public let accuracy: Double?

  /// The part of the first loss that it had to fall to.
  public let fraction: Double

  /// Whether the model has learnt the batch.
  public let isPassed: Bool

  /// Why a step could not be made; nil where all could.
  public let failure: NonFiniteGradientError?

  /// How the loss went.
  public var evidence: String {
    if let failure { return "step \(losses.count): \(failure)" }
    let accuracy = accuracy.map { ", accuracy \(percent($0))" } ?? ""
    return
      "the loss on one batch goes from \(lossText(losses[0])) to \(lossText(losses.last!)) in \(losses.count) steps"
      + accuracy
  }

  /// What to do; nil where the model has learnt the batch.
  public var remedy: String? {
    if isPassed { return nil }
    let (first, last, least) = (losses[0], losses.last!, losses.min()!)
    if failure != nil || !last.isFinite || last > 2 * max(first, 1e-12) {
      return "lower the learning rate, or clip gradients; findRate(on:) shows which rates diverge"
    }
    if losses.allSatisfy({ $0 == first }) {
      return "no parameter that counts moves: a part without gradient, or a rate of 0; lint and diagnose say which"
    }
    if least < 0.7 * first {
      return "more steps or another rate: it does learn, and findRate(on:) shows which rates do; else a larger model"
    }
    return
      "look whether labels belong to their inputs and the loss fits the outputs, and whether the rate is too small: "
      + "lint, diagnose and findRate(on:) tell these apart"
  }
}

extension OverfitCheck: CustomStringConvertible {
  /// The verdict, the evidence, the remedy.
  public var description: String {
    (isPassed ? "one batch can be learnt" : "one batch cannot be learnt") + "\n    seen: \(evidence)"
      + (remedy.map { "\n    do:   \($0)" } ?? "")
  }
}
