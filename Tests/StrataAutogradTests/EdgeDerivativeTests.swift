import Foundation
import Strata
import StrataTensor
import Testing

/// Derivatives at NaN, infinities, zeros and ties are PyTorch's, which `make_derivatives.py` documents, but for those that
/// the article "Differences from PyTorch" lists; of no element and of one they are what they are of more.
@Suite(.seeded) struct EdgeDerivativeTests {
  private static let reference = Result {
    try Safetensors.read(
      URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "References/derivatives.safetensors").path)
  }

  private static let functions: [String: @Sendable (Variable) -> Variable] = [
    "exp": { exp($0) }, "log": { log($0) }, "sqrt": { sqrt($0) }, "sin": { sin($0) }, "cos": { cos($0) },
    "expm1": { expm1($0) }, "log1p": { log1p($0) }, "erf": { erf($0) }, "tanh": { tanh($0) },
    "sigmoid": { sigmoid($0) }, "relu": { relu($0) }, "abs": { abs($0) }, "clip": { $0.clipped(to: -1...1) },
    "square": { pow($0, 2) }, "cube": { pow($0, 3) }, "root": { pow($0, 0.5) }, "constant": { pow($0, 0) },
    "inverse": { pow($0, -1) }, "floor": { floor($0) }, "sign": { sign($0) },
  ]

  private static let pairs: [String: @Sendable (Variable, Variable) -> Variable] = [
    "add": { $0 + $1 }, "subtract": { $0 - $1 }, "multiply": { $0 * $1 }, "divide": { $0 / $1 },
    "maximum": { maximum($0, $1) }, "minimum": { minimum($0, $1) }, "pow": { pow($0, $1) }, "atan2": { atan2($0, $1) },
  ]

  private static let ofRows: [String: @Sendable (Variable) -> Variable] = [
    "sum": { $0.sum(along: 1) }, "mean": { $0.mean(along: 1) }, "max": { $0.max(along: 1) },
    "min": { $0.min(along: 1) }, "first_max": { $0.maxWithIndices(along: 1).values }, "logsumexp": { logSumExp($0) },
    "norm": { $0.norm(along: 1) }, "norm1": { $0.norm(1, along: 1) }, "prod": { $0.prod(along: 1) },
    "variance": { $0.variance(along: 1) },
    "std": { $0.std(along: 1) }, "cumsum": { weighted($0.cumulativeSum(along: 1)) },
    "cumprod": { weighted($0.cumulativeProduct(along: 1)) }, "softmax": { weighted(softmax($0)) },
    "log_softmax": { weighted(logSoftmax($0)) }, "sort": { weighted($0.sorted(along: 1).values) },
  ]

  private static func weighted(_ x: Variable) -> Variable {
    x * Variable(Tensor([1, 2, 3][..<x.shape[1]].map { Double($0) }).converted(to: x.dtype))
  }

  /// What differs by design, by function and element.
  private static let differences: [String: [Int: Double]] = [
    "abs": [0: .nan], "norm1": [1: .nan], "root": [2: 0, 4: .infinity],
    // Elements that an infinity, or NaN, in the row does not reach.
    "logsumexp": [9: 0, 10: 0, 11: 0],
    "log_softmax": [4: 2, 5: 3, 9: 1, 10: 2, 11: 3, 14: 3, 16: 2, 17: 3],
    "cumprod": [
      1: 8, 3: 9, 6: 9, 11: .infinity, 12: .infinity, 13: .infinity, 15: -.infinity, 16: .infinity,
    ],
  ]

  @Test(arguments: functions.keys.sorted() + pairs.keys.sorted() + ofRows.keys.sorted())
  func `derivatives at extreme numbers are PyTorch's`(name: String) throws {
    let reference = try Self.reference.get()
    func table(_ name: String) throws -> Tensor { try #require(reference[name]) }
    let (x, f) = try function(name, table)
    let expected = try table(name).elements(as: Double.self)
    for dtype in [DType.float64, .float32] {
      let found = gradient(of: { f($0).sum() }, at: x.converted(to: dtype)).elements(as: Double.self)
      // Forward mode and a nested gradient have the same conventions.
      let nested = gradient(
        of: { w in (gradient(of: { f($0).sum() }, at: Variable(x.converted(to: dtype))) * w).sum() },
        at: Tensor(ones: x.shape, dtype: dtype)
      ).elements(as: Double.self)
      for index in expected.indices {
        let wanted = Self.differences[name]?[index] ?? expected[index]
        for slope in [found[index], nested[index]] {
          let isEqual =
            wanted.isFinite
            ? abs(slope - wanted) <= (dtype == .float64 ? 1e-12 : 1e-5) * max(1, abs(wanted))
            : slope == wanted || slope.isNaN && wanted.isNaN
          #expect(isEqual, "\(name), element \(index) in \(dtype): \(slope) instead of \(wanted)")
        }
      }
    }
  }

  private func function(
    _ name: String, _ table: (String) throws -> Tensor
  ) throws -> (x: Tensor, f: (Variable) -> Variable) {
    if let f = Self.functions[name] { return (try table("x"), f) }
    if let f = Self.ofRows[name] { return (try table("rows"), f) }
    let f = try #require(Self.pairs[name])
    return (try table("pairs"), { f($0[AxisSelection.all, 0], $0[AxisSelection.all, 1]) })
  }

  @Test(arguments: ofRows.keys.sorted())
  func `rows of one element, and no rows`(name: String) throws {
    let f = try #require(Self.ofRows[name])
    let none = Tensor(zeros: [0, 3], dtype: .float64)
    let single = Tensor([2.0, -3.0], shape: [2, 1])
    #expect(gradient(of: { f($0).sum() }, at: none).shape == [0, 3])
    #expect(hessianVectorProduct(of: { f($0).sum() }, at: none, along: none).shape == [0, 3])
    let slopes = gradient(of: { f($0).sum() }, at: single).elements(as: Double.self)
    switch name {
    case "norm", "norm1": #expect(slopes == [1, -1])
    case "softmax", "log_softmax": #expect(slopes == [0, 0])
    case "variance", "std": #expect(slopes.allSatisfy { $0.isNaN }, "of one element it is 0 / 0")
    default: #expect(slopes == [1, 1])
    }
  }

  @Test(arguments: functions.keys.sorted())
  func `functions of no element`(name: String) throws {
    let (f, none) = (try #require(Self.functions[name]), Tensor(zeros: [0, 3]))
    #expect(gradient(of: { f($0).sum() }, at: none).shape == [0, 3])
    #expect(jvp(of: f, at: none, along: none).tangent.shape == [0, 3])
    #expect(gradient(of: { gradient(of: { f($0).sum() }, at: $0).sum() }, at: none).shape == [0, 3])
  }
}
