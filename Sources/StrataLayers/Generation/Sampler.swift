import Foundation
import StrataTensor

/// Draws a token for each row of logits: with probabilities softmax(logits / temperature) over the tokens that are kept.
///
/// ```swift
/// var sampler = Sampler(temperature: 0.8, topK: 40, topP: 0.95, seed: 1)
/// let next = sampler.sample(logits)          // int32 [B] of [B, V]
/// ```
///
/// First the `topK` most likely tokens are kept, and those that are as likely as the last of these. Of them the nucleus is
/// kept: from the most likely on, and of equal ones from the smallest on, each token before which the others have a
/// probability below `topP` together. The probabilities of what is left are divided by their sum. A temperature of 0 is
/// greedy: the most likely token, of several the smallest, and no random number is drawn.
///
/// The tokens are a function of the seed, the logits, and how many rows were sampled before.
///
/// Holtzman et al., "The Curious Case of Neural Text Degeneration", 2020, for the nucleus; Fan, Lewis and Dauphin,
/// "Hierarchical Neural Story Generation", 2018, for the k most likely.
public struct Sampler: Sendable {
  /// What logits are divided by: below 1 likely tokens become more likely still; 0 is greedy.
  public let temperature: Double

  /// How many tokens are kept; nil for all.
  public let topK: Int?

  /// The probability that the tokens of the nucleus have together, at least; 1 for all tokens.
  public let topP: Double

  /// Where random numbers come from: one for each row.
  public var generator: RandomGenerator

  /// A sampler, by default of the model's own probabilities.
  ///
  /// - Parameters:
  ///   - temperature: What logits are divided by; 0 is greedy.
  ///   - topK: How many tokens are kept; nil for all.
  ///   - topP: The probability that the tokens of the nucleus have together, at least, above 0; 1 for all tokens.
  ///   - seed: What the random numbers follow from.
  public init(temperature: Double = 1, topK: Int? = nil, topP: Double = 1, seed: UInt64 = Runtime.seed) {
    requireOption("Sampler: the temperature", temperature, .notNegative)
    requireOption("Sampler: topP", topP, .fraction)
    require(topP > 0 && topK ?? 1 > 0, "Sampler: topP \(topP) and topK \(topK ?? 1) must be above 0, to keep a token")
    (self.temperature, self.topK, self.topP) = (temperature, topK, topP)
    generator = RandomGenerator(seed: seed, stream: 0x5A3B << 48)  // apart from those of initializers
  }

  /// Returns a token for each row of logits, [V] or [B, V], as `int32` [] or [B].
  public mutating func sample(_ logits: Tensor) -> Tensor {
    let probabilities = probabilities(logits).elements(as: Double.self)
    let width = logits.shape[-1]
    let tokens = stride(from: 0, to: probabilities.count, by: width).map { start in
      let row = probabilities[start..<start + width]
      var rest = temperature > 0 ? generator.nextUniform() : 0
      let chosen = row.firstIndex { probability in
        rest -= probability
        return rest < 0
      }
      // Rounding may leave a little beyond the last.
      return Int32((chosen ?? row.lastIndex { $0 > 0 }!) - start)
    }
    return Tensor(tokens, shape: Shape(logits.shape.lengths.dropLast()))
  }

  /// Returns the probabilities of ``sample(_:)``, `float64` of the shape of the logits.
  public func probabilities(_ logits: Tensor) -> Tensor {
    require(
      1...2 ~= logits.rank && logits.shape[-1] > 0 && logits.dtype != .int32,
      "Sampler: logits are [V] or [B, V] of floating-point numbers, not \(logits.shape) of \(logits.dtype); "
        + "of a sequence give the last step")
    let width = logits.shape[-1]
    let x = logits.converted(to: .float64).reshaped([logits.count / width, width])
    let largest = x.max(along: 1, keepingAxis: true)
    require(
      largest.elements(as: Double.self).allSatisfy(\.isFinite) && !x.elements(as: Double.self).contains(where: \.isNaN),
      "Sampler: each row of logits needs a finite maximum and no NaN; the model's output is broken")
    if temperature == 0 {
      return Tensor(oneHot: x.argmax(), classes: width, dtype: .float64).reshaped(to: logits.shape)
    }
    var weights = exp((x - largest) / temperature)
    if let topK, topK < width {
      let threshold = x.topK(topK).values.sliced(topK - 1..<topK, along: 1)
      weights = Tensor.where(x .>= threshold, weights, 0.0)
    }
    if topP < 1 { keepNucleus(of: &weights) }
    return (weights / weights.sum(along: 1, keepingAxis: true)).reshaped(to: logits.shape)
  }

  /// Sets to zero what is not in the nucleus of its row.
  private func keepNucleus(of weights: inout Tensor) {
    let (order, width) = (weights.argsort(descending: true).elements(as: Int.self), weights.shape[1])
    weights.withUnsafeMutableElements(as: Double.self) { weights in
      for start in stride(from: 0, to: weights.count, by: width) {
        let limit = topP * weights[start..<start + width].reduce(0, +)
        var mass = 0.0
        for place in order[start..<start + width] {
          let weight = weights[start + place]
          if mass >= limit { weights[start + place] = 0 }
          mass += weight
        }
      }
    }
  }
}
