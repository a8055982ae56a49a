import Foundation
import Strata
import StrataTensor

/// A computation at extreme numbers, with its references and its bound.
struct EdgeCase: Sendable {
  /// The allowed distance between a number and its reference, which has a higher precision.
  enum Bound: Sendable {
    /// Equal; NaN equals NaN.
    case exact
    /// A number of units in the last place of this type at the reference.
    case ulps(Double, DType)
    /// An absolute distance.
    case within(Double)
  }

  let name: String
  let bound: Bound
  /// The numbers that Strata computes, and the references.
  let numbers: @Sendable () throws -> (found: [Double], expected: [Double])

  init(
    _ name: String, _ bound: Bound, _ numbers: @escaping @Sendable () throws -> (found: [Double], expected: [Double])
  ) {
    (self.name, self.bound, self.numbers) = (name, bound, numbers)
  }

  /// A description of the numbers beyond the bound, worst first; nil if there are none.
  func fault() throws -> String? {
    let (found, expected) = try numbers()
    guard found.count == expected.count, !found.isEmpty else { return "\(found.count) numbers, not \(expected.count)" }
    var worst = (excess: 1.0, index: -1)
    for index in found.indices {
      let excess = bound.fraction(found[index], expected[index])
      if !(excess <= worst.excess) { worst = (excess, index) }
    }
    if worst.index < 0 { return nil }
    return "number \(worst.index) is \(found[worst.index]) instead of \(expected[worst.index]), "
      + "\(worst.excess) times the bound \(bound)"
  }
}

extension EdgeCase.Bound {
  /// The error as a fraction of the bound.
  func fraction(_ found: Double, _ expected: Double) -> Double {
    if found.isNaN || expected.isNaN { return found.isNaN && expected.isNaN ? 0 : .infinity }
    if found == expected { return 0 }
    switch self {
    case .exact: return .infinity
    case .within(let limit): return abs(found - expected) / limit
    case .ulps(let count, let dtype): return Self.ulps(found, expected, dtype) / count
    }
  }

  private static func ulps(_ found: Double, _ expected: Double, _ dtype: DType) -> Double {
    if dtype == .float32 {
      // Infinity stands for the number after the largest, up to which results are rounded.
      let (found, expected) = (min(max(found, -0x1p128), 0x1p128), min(max(expected, -0x1p128), 0x1p128))
      let nearest = Float(expected)
      let unit = nearest.isFinite ? max(nearest.ulp, .leastNonzeroMagnitude) : 0x1p104
      return abs(found - expected) / Double(unit)
    }
    if found.isInfinite || expected.isInfinite {
      return abs(found) >= .greatestFiniteMagnitude && abs(expected) >= .greatestFiniteMagnitude && found * expected > 0
        ? 1 : .infinity
    }
    return abs(found - expected) / max(expected.ulp, .leastNonzeroMagnitude)
  }
}

/// The references that Tests/References/make_edges.py computed.
enum EdgeReferences {
  static let tensors: [String: Tensor] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../References/edges.safetensors")
    do { return try Safetensors.read(file.path) } catch { fatalError("\(error)") }
  }()

  static func numbers(_ name: String) -> [Double] {
    guard let tensor = tensors[name] else { fatalError("the reference has no tensor \(name)") }
    return tensor.elements()
  }

  /// The names of the cases below `prefix`, of which `part` is a tensor.
  static func cases(of prefix: String, with part: String) -> [String] {
    tensors.keys.filter { $0.hasPrefix(prefix + ".") && $0.hasSuffix("." + part) }
      .map { String($0.dropLast(part.count + 1)) }.sorted()
  }
}

extension DType {
  /// The precisions in which everything is computed.
  static let precisions: [DType] = [.float32, .float64]
}
