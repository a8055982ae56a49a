import Foundation
import StrataTensor

/// ``LogLoss`` / log 2: how many bits a label takes when it is coded by the model's probabilities.
///
/// Where a label is a character it is the figure that texts are compared by.
public struct BitsPerCharacter: Metric {
  private var logLoss: LogLoss

  public init(ignoredIndex: Int? = nil) { logLoss = LogLoss(ignoredIndex: ignoredIndex) }

  public var name: String { "bits per character" }
  public var value: Double { logLoss.value / log(2) }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) { logLoss.add(logits, labels) }
}
