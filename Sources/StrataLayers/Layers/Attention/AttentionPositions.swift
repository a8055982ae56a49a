import Foundation
import StrataTensor

/// How attention takes the distance between a query and a key into account.
public enum AttentionPositions: Sendable, Hashable {
  /// Not at all: positions are in the input, as ``LearnedPositions`` and ``SinusoidalPositions`` put them there, or do not
  /// matter.
  case none

  /// Queries and keys are turned by angles that grow with their positions: see ``RotaryPositions``.
  case rotary(RotaryPositions = RotaryPositions())

  /// Each head takes its own slope times the distance from the scores (ALiBi).
  ///
  /// The slopes of H heads, a power of two, are 2^(−8/H), 2^(−16/H), … 2^(−8). For another H they are those of the next
  /// smaller power of two, followed by every second one of the next larger.
  ///
  /// Press, Smith and Lewis, "Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation", 2022.
  case alibi

  /// What each of `heads` heads takes from a score for a step of distance; nil without ALiBi.
  package func slopes(_ heads: Int) -> [Double]? {
    guard self == .alibi else { return nil }
    var power = 1
    while 2 * power <= heads { power *= 2 }
    func slope(_ index: Int, of count: Int) -> Double { pow(2, -8 * Double(index + 1) / Double(count)) }
    return (0..<heads).map { $0 < power ? slope($0, of: power) : slope(2 * ($0 - power), of: 2 * power) }
  }

  package var rotary: RotaryPositions? {
    if case .rotary(let rotary) = self { rotary } else { nil }
  }
}
