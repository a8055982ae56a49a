import Strata
import StrataTensor

/// 10⁷ numbers whose sum is known exactly: the products of 10⁴ whole numbers and 10³ powers of two.
private struct TenMillion {
  private let whole: [Int]
  private let powers: [Int]
  private let scale: Int128

  init(signed: Bool, bits: Int, seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    whole = (0..<10_000).map { _ in Int.random(in: signed ? -(1 << bits)..<1 << bits : 0..<1 << bits, using: &generator)
    }
    powers = (0..<1_000).map { _ in Int.random(in: 0...8, using: &generator) }
    scale = powers.reduce(0) { $0 + Int128(1 << $1) }
  }

  /// The numbers, each a fraction of 2³⁰, as [1000, 10000]. All are exact in both types.
  func tensor(_ dtype: DType) -> Tensor {
    let rows = Tensor(powers.map { Double(1 << $0) * 0x1p-30 }, shape: [1_000, 1]).converted(to: dtype)
    return rows * Tensor(whole.map { Double($0) }, shape: [1, 10_000]).converted(to: dtype)
  }

  /// The sum, computed with 128-bit integers.
  var sum: Double { exact(whole.reduce(0) { $0 + Int128($1) } * scale) }
  var magnitude: Double { exact(whole.reduce(0) { $0 + Int128(abs($1)) } * scale) }
  var columnSums: [Double] { whole.map { exact(Int128($0) * scale) } }
  private func exact(_ number: Int128) -> Double { Double(number) * 0x1p-30 }
}

private let ε: Double = 0x1p-53

/// Sums over 10⁷ numbers. float32 is summed in double precision and rounded once; float64 is summed in blocks, so the
/// error depends not on 10⁷ but on the depth of the tree and the length of its leaves, together below 100.
let sumCases: [EdgeCase] =
  [false, true].flatMap { signed in
    DType.precisions.flatMap { dtype in
      let numbers: @Sendable () -> TenMillion = {
        TenMillion(signed: signed, bits: dtype == .float32 ? 22 : 50, seed: signed ? 1 : 2)
      }
      let what = "10^7 \(signed ? "signed" : "positive") numbers, \(dtype)"
      let mass = numbers().magnitude
      let rounding = dtype == .float32 ? 0x1p-24 * numbers().sum.magnitude : 0
      func within(_ factor: Double) -> EdgeCase.Bound { .within(factor * ε * mass + rounding) }
      return [
        EdgeCase("sum of \(what)", within(100)) { ([numbers().tensor(dtype).sum().item], [numbers().sum]) },
        EdgeCase("sum of one row of \(what)", within(100)) {
          ([numbers().tensor(dtype).reshaped([1, -1]).sum(along: 1).item], [numbers().sum])
        },
        EdgeCase("sum of one column of \(what)", within(100)) {
          ([numbers().tensor(dtype).reshaped([-1, 1]).sum(along: 0).item], [numbers().sum])
        },
        EdgeCase("sum of two columns of \(what)", within(100)) {
          let halves = numbers().tensor(dtype).reshaped([-1, 2]).sum(along: 0).elements(as: Double.self)
          return ([halves[0] + halves[1]], [numbers().sum])
        },
        EdgeCase("mean of \(what)", .within((100 * ε * mass + 3 * rounding) / 1e7 + 2 * ε)) {
          ([numbers().tensor(dtype).mean().item], [numbers().sum / 1e7])
        },
        EdgeCase("sums of the columns of \(what)", .ulps(dtype == .float32 ? 1 : 50, dtype)) {
          (numbers().tensor(dtype).sum(along: 0).elements(), numbers().columnSums)
        },
      ]
    }
  } + tenths + squares

/// Ten million times 0.1, for which a plain float32 sum has an error of 8 percent.
private let tenths: [EdgeCase] = DType.precisions.map { dtype in
  EdgeCase("10^7 times 0.1, \(dtype)", .ulps(dtype == .float32 ? 1 : 100, dtype)) {
    let tenth = dtype == .float32 ? Double(Float(0.1)) : 0.1
    return ([Tensor(repeating: 0.1, shape: [10_000_000], dtype: dtype).sum().item], [tenth * 1e7])
  }
}

/// Σ x² is a double: float32 squares cannot leave its range.
private let squares: [EdgeCase] = [1e-38, 1e-30, 1, 1e20, 3e38].map { (size: Double) in
  EdgeCase("sum of 10^6 squares of \(size), float32", .ulps(100, .float64)) {
    let x = Double(Float(size))
    return ([Tensor(repeating: size, shape: [1_000_000]).sumOfSquares], [x * x * 1e6])
  }
}
