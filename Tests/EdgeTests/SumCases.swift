import Foundation
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
  } + tenths + squares + longSums

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

/// Sums of millions of equal terms in a layer, a loss or a gradient, `float32`: the worst, as their roundings do not cancel.
/// Each is within 1e-5 of the exact sum, where one number added after the other loses from 1e-4 to everything.
private let longSums: [EdgeCase] = {
  let (rows, x, dy) = (4_000_000, Double(Float(0.1)), Double(Float(0.3)))
  @Sendable func gradient(of layer: some Layer, _ shape: Shape, _ path: String) -> Double {
    let (y, cache) = layer.forward(Tensor(repeating: 0.1, shape: shape))
    var gradients = Gradients()
    layer.accumulate(Tensor(repeating: 0.3, shape: y.shape), cache, &gradients)
    return gradients[layer.parameters.first { $0.path == path }!.parameter]!.max().item
  }
  func term(_ name: String, _ exact: Double, _ sum: @escaping @Sendable () throws -> Double) -> EdgeCase {
    EdgeCase("long sum: \(name)", .within(1e-5 * abs(exact))) { ([try sum()], [exact]) }
  }
  let count = Double(rows)
  let tensor: @Sendable (Double, Shape) -> Tensor = { Tensor(repeating: $0, shape: $1) }
  return [
    term("Linear's weight", count * x * dy) { gradient(of: Linear(1, 1), [rows, 1], "weight") },
    term("Linear's bias", count * dy) { gradient(of: Linear(1, 1), [rows, 1], "bias") },
    term("Linear's inputs", count * x * dy) {
      Linear(weight: Parameter(tensor(0.3, [rows, 1])), bias: nil)(tensor(0.1, [1, rows])).item
    },
    term("Conv2D's weight, one image", count * x * dy) {
      gradient(of: Conv2D(1, 1, kernel: 1), [1, 1, 2_000, 2_000], "weight")
    },
    term("Conv2D's weight, many images", count * x * dy) {
      gradient(of: Conv2D(1, 1, kernel: 1), [rows / 64, 1, 8, 8], "weight")
    },
    term("Conv2D's bias", count * dy) { gradient(of: Conv2D(1, 1, kernel: 1), [4, 1, 1_000, 1_000], "bias") },
    term("Conv2D's inputs", 250_000 * x * dy) {
      Conv2D(weight: Parameter(tensor(0.3, [1, 1, 500, 500])), bias: nil)(tensor(0.1, [1, 1, 500, 500])).item
    },
    term("AveragePool2D", x) { AveragePool2D(kernel: 500)(tensor(0.1, [1, 1, 500, 500])).item },
    term("PReLU's slope", -count * x * dy) {
      let layer = PReLU()
      let (_, cache) = layer.forward(tensor(-0.1, [rows, 1]))
      var gradients = Gradients()
      layer.accumulate(tensor(0.3, [rows, 1]), cache, &gradients)
      return gradients[layer.weight]!.item
    },
    term("Residual's scale", count * x * dy) {
      gradient(of: Residual(scale: Parameter([1], initialValue: 1)) { Identity() }, [rows, 1], "scale")
    },
    term("LayerNorm's bias", count * dy) { gradient(of: LayerNorm(2), [rows, 2], "bias") },
    term("RMSNorm's weight", count * dy) { gradient(of: RMSNorm(2, epsilon: 0), [rows, 2], "weight") },
    term("BatchNorm's bias", count * dy) { gradient(of: BatchNorm(1), [rows, 1], "bias") },
    term("Embedding's row", count * dy) {
      let layer = Embedding(2, 1)
      let (_, cache) = layer.forward(Tensor(labels: Array(repeating: 1, count: rows)))
      var gradients = Gradients()
      layer.accumulate(tensor(0.3, [rows, 1]), cache, &gradients)
      return gradients[layer.weight]!.elements(as: Double.self)[1]
    },
    term("MeanOverTime", x) { MeanOverTime()(tensor(0.1, [1, rows, 1])).item },
    term("RNNCell's bias", 400_000 * dy) {
      let cell = RNNCell(1, 1, activation: .relu)
      for parameter in [cell.inputWeight, cell.hiddenWeight] { parameter.value *= 0 }
      cell.inputBias!.value = [1]
      cell.hiddenBias!.value = [1]
      return gradient(of: Recurrent(cell), [4_000, 100, 1], "cell.inputBias")
    },
    term("softmax", 1e-6) { Softmax()(tensor(0.1, [1, 1_000_000])).max().item },
    term("a mean squared error", (x - dy) * (x - dy)) {
      MeanSquaredError()(tensor(0.1, [rows, 1]), tensor(0.3, [rows, 1]))
    },
    term("a cross-entropy", log(2.0)) {
      SoftmaxCrossEntropy()(tensor(0.1, [rows, 2]), Tensor(labels: Array(repeating: 1, count: rows)))
    },
    term("a gradient's norm", x * count.squareRoot()) {
      var gradients = Gradients()
      gradients.add(tensor(0.1, [rows]), to: Parameter([rows], initialValue: 0))
      return try gradients.globalNorm()
    },
  ]
}()
