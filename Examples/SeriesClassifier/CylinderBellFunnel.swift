import Foundation
import Strata

/// Generated series of 128 numbers in which noise rises at once, slowly or not, and falls slowly or at once.
///
/// With η and ε(t) from N(0, 1), a from 16…32 and b − a from 32…96: a cylinder is 6 + η between a and b, a bell rises to it
/// as (t − a)/(b − a), a funnel falls from it as (b − t)/(b − a), and ε(t) is added everywhere. Saito, "Local feature
/// extraction and its applications using a library of bases", 1994.
enum CylinderBellFunnel {
  static let names = ["cylinder", "bell", "funnel"]
  private static let length = 128

  /// Returns series `[N, 1, 128]` of mean 0 and variance 1 with their kinds, in turn.
  static func dataset(count: Int, seed: UInt64) -> Dataset {
    let all = (0..<count).map { index in
      var generator = RandomGenerator(seed: seed, stream: UInt64(index))
      return standardized(series(of: names[index % names.count], &generator))
    }
    return Dataset(
      inputs: Tensor(all.flatMap(\.self), shape: [count, 1, length]),
      labels: Tensor(labels: (0..<count).map { $0 % names.count }))
  }

  private static func series(of kind: String, _ generator: inout RandomGenerator) -> [Float] {
    let start = 16 + Int(generator.nextUniform() * 17)
    let end = start + 32 + Int(generator.nextUniform() * 65)
    let noise = Tensor(normal: [length + 1], dtype: .float64, using: &generator).elements(as: Double.self)
    return (0..<length).map { time in
      let part = Double(time - start) / Double(end - start)
      let height =
        switch kind {
        case "bell": part
        case "funnel": 1 - part
        default: 1.0
        }
      return Float((start...end ~= time ? (6 + noise[length]) * height : 0) + noise[time])
    }
  }
}
