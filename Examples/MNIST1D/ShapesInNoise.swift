import Foundation
import Strata
import StrataTensor

/// The data set MNIST-1D: ten shapes of twelve points each, padded, scaled, moved, sheared and in noise.
///
/// From the description of Greydanus and Kobak, "Scaling Down Deep Learning with MNIST-1D" (arXiv:2011.14439), and its
/// published templates and figures. The random numbers are Strata's, so that signals differ from the published ones one
/// by one and not in their distribution.
struct ShapesInNoise {
  /// How many signals there are of each shape; four fifths of all are for training.
  var countPerClass = 500

  /// Whether the numbers of all signals are in another order, which is the same for all.
  var isShuffled = false

  /// What everything random follows from.
  var seed: UInt64 = 42

  static let length = 40
  private static let templateLength = 12
  private static let padding = 36...60
  private static let scale = 0.4
  private static let maximumTranslation = 48
  private static let correlatedNoise = (standardDeviation: 0.25, filterWidth: 2.0)
  private static let whiteNoise = 2e-2
  private static let shear = 0.75

  /// The outlines of the digits from 0 to 9, from top to bottom.
  private static let templates: [[Double]] = [
    [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
    [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
    [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
    [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
    [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
    [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
    [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
    [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
  ]

  /// Returns the signals `[N, 40]`, which have mean 0 and variance 1 over all of them, with their digits.
  func dataset() -> (train: Dataset, test: Dataset) {
    let count = 10 * countPerClass
    let signals = (0..<count).map { index in
      var generator = RandomGenerator(seed: seed, stream: 1 + UInt64(index))
      return signal(of: index / countPerClass, &generator)
    }
    var generator = RandomGenerator(seed: seed)
    let order = Tensor(permutation: count, using: &generator).elements(as: Int.self)
    var inputs = Tensor(signals.flatMap(\.self), shape: [count, Self.length]).gathered(rows: order)
    if isShuffled {
      let columns = Tensor(permutation: Self.length, using: &generator).elements(as: Int.self)
      inputs = inputs.transposed(0, 1).gathered(rows: columns).transposed(0, 1)
    }
    inputs = (inputs - inputs.mean().item) / inputs.std(correction: 0).item
    let labels = Tensor(labels: order.map { $0 / countPerClass })
    return Dataset(inputs: inputs.converted(to: .float32), labels: labels).split(at: count * 4 / 5)
  }

  /// One signal of a digit.
  private func signal(of digit: Int, _ generator: inout RandomGenerator) -> [Double] {
    let template = Self.templates[digit]
    let mean = template.reduce(0, +) / Double(template.count)
    let deviation =
      (template.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(template.count)).squareRoot()
    // Both ends are 0; the padding is known by its exact zeros.
    let shape: [Double?] = template.map { ($0 - template[0]) / deviation / 6 }
    let padding = Self.padding.lowerBound + Int(generator.nextUniform() * Double(Self.padding.count))
    let full = Self.templateLength + Self.padding.upperBound
    let padded = interpolated(shape + [Double?](repeating: nil, count: padding), to: full)
    let factor = 1 + Self.scale * (generator.nextUniform() - 0.5)
    let step = Int(generator.nextUniform() * Double(Self.maximumTranslation))
    let moved = Array(padded.suffix(step) + padded.dropLast(step))

    let noise = smoothed(normal(full, Self.correlatedNoise.standardDeviation, &generator))
    let whiteNoise = normal(full, Self.whiteNoise, &generator)
    let lean = Self.shear * (generator.nextUniform() - 0.5)
    let sheared = (0..<full).map { index in
      let value = moved[index].map { $0 * factor } ?? noise[index]
      let slope = lean * (Double(index) / Double(full - 1) - 0.5)
      return value + whiteNoise[index] - slope
    }
    return interpolated(sheared, to: Self.length).map { $0! }
  }

  private func normal(_ count: Int, _ deviation: Double, _ generator: inout RandomGenerator) -> [Double] {
    Tensor(normal: [count], standardDeviation: deviation, dtype: .float64, using: &generator).elements(as: Double.self)
  }

  /// The numbers between which lines are drawn at `count` equal distances; a nil, which is 0, stays one between nils.
  private func interpolated(_ numbers: [Double?], to count: Int) -> [Double?] {
    (0..<count).map { index in
      let place = Double(index * (numbers.count - 1)) / Double(count - 1)
      let left = min(Int(place), numbers.count - 2)
      if numbers[left] == nil, numbers[left + 1] == nil { return nil }
      let part = place - Double(left)
      return (numbers[left] ?? 0) * (1 - part) + (numbers[left + 1] ?? 0) * part
    }
  }

  /// A Gaussian filter of four standard deviations on each side, with the numbers reflected at both ends.
  private func smoothed(_ numbers: [Double]) -> [Double] {
    let width = Self.correlatedNoise.filterWidth
    let reach = Int(4 * width)
    let weights = (-reach...reach).map { exp(-Double($0 * $0) / (2 * width * width)) }
    let total = weights.reduce(0, +)
    let reflected = numbers.prefix(reach).reversed() + numbers + numbers.suffix(reach).reversed()
    return numbers.indices.map { index in
      var sum = 0.0
      for tap in weights.indices { sum += weights[tap] * reflected[index + tap] }
      return sum / total
    }
  }
}
