import Foundation
import StrataTensor

/// exp(``LogLoss``): among how many equally likely classes the model would be as uncertain.
public struct Perplexity: Metric {
  private var logLoss: LogLoss

  public init(ignoredIndex: Int? = nil) { logLoss = LogLoss(ignoredIndex: ignoredIndex) }

  public var name: String { "perplexity" }
  public var value: Double { exp(logLoss.value) }

  public mutating func add(_ logits: Tensor, _ labels: Tensor) { logLoss.add(logits, labels) }
}
