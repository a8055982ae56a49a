import Foundation
import StrataTensor

/// Ways to mix the examples of a batch, and what the random numbers follow from.
struct Mixer {
  let mixings: [Mixing]
  let classes: Int
  let probability: Double
  let seed: UInt64

  /// Returns a batch in which each example is mixed with another one, so that each is the other one of exactly one.
  func mixed(_ batch: Dataset.Batch, epoch: Int) -> Dataset.Batch {
    guard !mixings.isEmpty else { return batch }
    let (inputs, labels) = (batch.inputs, probabilities(of: batch.labels, batch.inputs.dtype))
    var generators = batch.indices.map { RandomGenerator(row: $0, epoch: epoch, seed: seed, stream: 0x313C) }
    // A ring in a random order, which follows from the rows and not from their places.
    let keys = generators.indices.map { (key: generators[$0].next(), row: batch.indices[$0], place: $0) }
    let ring = keys.sorted { ($0.key, $0.row) < ($1.key, $1.row) }.map(\.place)
    var (mixedInputs, mixedLabels) = (inputs, labels)
    for (position, place) in ring.enumerated() {
      let other = ring[(position + 1) % ring.count]
      guard other != place, generators[place].nextUniform() < probability else { continue }
      let mixing = mixings[Int(generators[place].next(below: UInt64(mixings.count)))]
      let weight = generators[place].nextBeta(mixing.alpha)
      let share: Double
      switch mixing {
      case .mixUp:
        mixedInputs[place] = blend(inputs, place, other, weight)
        share = weight
      case .cutMix:
        let (rows, columns) = box(of: 1 - weight, in: inputs.shape, &generators[place])
        mixedInputs[place, .all, rows, columns] = inputs[other, .all, rows, columns]
        share = 1 - Double(rows.count * columns.count) / Double(inputs.shape[2] * inputs.shape[3])
      }
      mixedLabels[place] = blend(labels, place, other, share)
    }
    return Dataset.Batch(inputs: mixedInputs, labels: mixedLabels, indices: batch.indices)
  }

  /// A row with this weight and another one with what is left to 1.
  private func blend(_ rows: Tensor, _ place: Int, _ other: Int, _ weight: Double) -> Tensor {
    let (row, otherRow): (Tensor, Tensor) = (rows[place], rows[other])
    return row * weight + otherRow * (1 - weight)
  }

  private func probabilities(of labels: Tensor, _ dtype: DType) -> Tensor {
    require(
      mixings.allSatisfy { $0.alpha > 0 && $0.alpha.isFinite },
      "mixed: the alphas \(mixings.map(\.alpha)) must be finite and positive")
    return labels.dtype == .int32 ? Tensor(oneHot: labels, classes: classes, dtype: dtype) : labels
  }

  /// A rectangle with about this share of an image's area.
  private func box(
    of share: Double, in shape: Shape, _ generator: inout RandomGenerator
  ) -> (rows: Range<Int>, columns: Range<Int>) {
    require(shape.rank == 4, "mixed: CutMix takes images [B, C, H, W], not inputs of shape \(shape)")
    func side(_ length: Int) -> Range<Int> {
      let (center, half) = (Int(generator.next(below: UInt64(length))), Int(share.squareRoot() * Double(length) / 2))
      return max(0, center - half)..<min(length, center + half)
    }
    return (side(shape[2]), side(shape[3]))
  }
}

extension RandomGenerator {
  /// A number of the distribution Beta(a, a): ½ (1 ± √(z / (w + z))) with w = U^(1/a), z = (1 − w) cos²(2πV) and the sign of
  /// the cosine.
  ///
  /// From Student's t with 2a degrees of freedom, drawn as by Bailey, "Polar Generation of Random Variates with the
  /// t-Distribution", 1994.
  mutating func nextBeta(_ a: Double) -> Double {
    let (w, cosine) = (pow(1 - nextUniform(), 1 / a), cos(2 * .pi * nextUniform()))
    let z = (1 - w) * cosine * cosine
    return 0.5 + (cosine < 0 ? -0.5 : 0.5) * (z == 0 ? 0 : (z / (w + z)).squareRoot())
  }
}
