import Foundation
import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct `Sampling tokens` {
  /// Logits with the probabilities 0.4, 0.1, 0.3, 0.2.
  let logits = Tensor([0.4, 0.1, 0.3, 0.2].map { log($0) + 3 } as [Double])

  private func expect(
    _ sampler: Sampler, _ logits: Tensor, _ expected: [Double], _ place: SourceLocation = #_sourceLocation
  ) {
    let found = sampler.probabilities(logits).elements(as: Double.self)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-15 }, "\(found)", sourceLocation: place)
    #expect(found.map { $0 == 0 } == expected.map { $0 == 0 }, sourceLocation: place)
  }

  @Test func `follows softmax of the logits over the temperature`() {
    expect(Sampler(), logits, [0.4, 0.1, 0.3, 0.2])
    let squares = [0.16, 0.01, 0.09, 0.04].map { $0 / 0.3 }
    expect(Sampler(temperature: 0.5), logits, squares)
    #expect(Sampler().probabilities(logits.converted(to: .float32)).dtype == .float64)
  }

  @Test func `keeps the k most likely tokens, and those as likely as the last of them`() {
    expect(Sampler(topK: 2), logits, [4.0 / 7, 0, 3.0 / 7, 0])
    expect(Sampler(topK: 1), logits, [1, 0, 0, 0])
    expect(Sampler(topK: 9), logits, [0.4, 0.1, 0.3, 0.2])
    expect(Sampler(topK: 2), Tensor([1, 0, 1, 1, 0] as [Double]), [1.0 / 3, 0, 1.0 / 3, 1.0 / 3, 0])
  }

  @Test func `keeps the fewest most likely tokens that have the probability p together, of equal ones the first`() {
    expect(Sampler(topP: 0.3), logits, [1, 0, 0, 0])
    expect(Sampler(topP: 0.45), logits, [4.0 / 7, 0, 3.0 / 7, 0])
    expect(Sampler(topP: 0.75), logits, [4.0 / 9, 0, 3.0 / 9, 2.0 / 9])
    expect(Sampler(topP: 0.95), logits, [0.4, 0.1, 0.3, 0.2])
    expect(Sampler(topP: 1e-9), logits, [1, 0, 0, 0])
    expect(Sampler(topP: 0.5), Tensor(zeros: [4], dtype: .float64), [0.5, 0.5, 0, 0])
  }

  @Test func `applies the temperature first, then k, then p to what is left`() {
    // Of the two that k leaves, 4/7 of the probability is more than p.
    expect(Sampler(topK: 2, topP: 0.5), logits, [1, 0, 0, 0])
    // The temperature makes the second necessary.
    expect(
      Sampler(temperature: 4, topK: 2, topP: 0.52), logits,
      [0.4, 0, 0.3, 0].map { pow($0, 0.25) }.map { $0 / (pow(0.4, 0.25) + pow(0.3, 0.25)) })
  }

  /// The last row has equal logits, of which the package keeps any at the edge of the nucleus.
  @Test func `has the probabilities of transformers for all options`() throws {
    let reference = try Reference("sampling")
    let cases = reference.tensors.count / 2
    #expect(cases == 12)
    for number in 0..<cases {
      let options = reference["\(number).options"].elements(as: Double.self)
      let sampler = Sampler(temperature: options[0], topK: options[1] > 0 ? Int(options[1]) : nil, topP: options[2])
      let rows = 0..<(options[2] < 1 ? 3 : 4)
      let found = sampler.probabilities(reference["logits"][rows])
      let expected = reference["\(number).probabilities"][rows]
      #expect((found .> 0) == (expected .> 0), "\(options)")
      #expect(abs(found - expected).max().item < 1e-14, "\(options)")
    }
  }

  @Test func `at temperature 0 takes the largest, of several the first, and no random number`() {
    var sampler = Sampler(temperature: 0)
    let rows: Tensor = [[1, 3, 3, 2], [0, -1, -2, -3], [-.infinity, -.infinity, 0, -.infinity]]
    #expect(sampler.sample(rows).elements(as: Int.self) == [1, 0, 2])
    #expect(sampler.generator.position == 0)
    #expect(sampler.probabilities(rows).elements(as: Int.self) == [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0])
  }

  @Test func `treats each row by itself, in any floating-point type`() {
    let rows = Tensor(normal: [5, 40], dtype: .float32)
    let sampler = Sampler(temperature: 0.7, topK: 12, topP: 0.8)
    let all = sampler.probabilities(rows)
    for row in 0..<5 {
      #expect(all[row].isIdentical(to: sampler.probabilities(rows[row])))
      #expect(abs(all[row].sum().item - 1) < 1e-14)
    }
    #expect(all.isIdentical(to: sampler.probabilities(rows.converted(to: .float64))))
  }

  @Test func `gives int32 tokens, one a row, and never one without probability`() {
    var sampler = Sampler(topK: 3)
    let token = sampler.sample(logits)
    #expect(token.shape == [] && token.dtype == .int32)
    let row = Tensor([-.infinity, 2, -.infinity, 2.5, -1e30] as [Float])
    let tokens = sampler.sample(Tensor(stacking: Array(repeating: row, count: 200)))
    #expect(tokens.shape == [200])
    #expect(Set(tokens.elements(as: Int.self)) == [1, 3])
  }

  @Test func `is a function of the seed and of the rows before`() {
    let rows = Tensor(normal: [64, 10])
    var (one, same, other) = (Sampler(seed: 1), Sampler(seed: 1), Sampler(seed: 2))
    let tokens = one.sample(rows)
    #expect(same.sample(rows[0..<20]) == tokens[0..<20])
    #expect(same.sample(rows[20..<64]) == tokens[20..<64])
    #expect(other.sample(rows) != tokens)
    #expect(one.sample(rows) != tokens)
  }

  @Test func `draws tokens as often as their probabilities say`() {
    var sampler = Sampler(temperature: 1.5, topK: 12, topP: 0.9, seed: 3)
    let logits = Tensor(normal: [20], dtype: .float64)
    let (count, probabilities) = (20_000, sampler.probabilities(logits).elements(as: Double.self))
    let tokens = sampler.sample(Tensor(stacking: Array(repeating: logits, count: count))).elements(as: Int.self)
    var statistic = 0.0
    for (token, probability) in probabilities.enumerated() {
      let found = Double(tokens.count { $0 == token })
      let expected = probability * Double(count)
      if probability == 0 {
        #expect(found == 0)
      } else {
        statistic += (found - expected) * (found - expected) / expected
      }
    }
    let freedom = probabilities.count { $0 > 0 } - 1
    #expect(5...11 ~= freedom)
    #expect(statistic < 31.3)  // χ² of eleven degrees of freedom: p > 0.001
  }
}
