import Foundation
import Strata
import StrataTensor

/// Columns whose mean is far above their deviation, against two passes over the same numbers in double precision.
let normalizationCases: [EdgeCase] = layouts + constants

private struct Column {
  let x: [Double]
  let dy: [Double]
  let y: [Double]
  /// σ.
  let scale: Double

  /// Returns numbers around a mean, exact in float32. The first, which a sum may use as its reference, is far away for
  /// an outlier.
  init(count: Int, mean: Double, deviation: Double, outlier: Bool, seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    let normal = Tensor(normal: [count], using: &generator).elements(as: Double.self)
    let x = normal.enumerated().map { index, number in
      Double(Float(mean + deviation * (outlier && index == 0 ? 300 : number)))
    }
    let center = x.reduce(0, +) / Double(count)
    let variance = x.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(count)
    let scale = (variance + 1e-5).squareRoot()
    (self.x, self.scale) = (x, scale)
    y = x.map { ($0 - center) / scale }
    dy = Tensor(normal: [count], using: &generator).elements()
  }

  /// dx · σ: of the size of dy.
  var scaledSlope: [Double] {
    let count = Double(x.count)
    let (direct, along) = (dy.reduce(0, +) / count, zip(dy, y).reduce(0) { $0 + $1.0 * $1.1 } / count)
    return zip(dy, y).map { $0 - direct - $1 * along }
  }
}

private let layouts: [EdgeCase] = [1, 10, 100, 1e3, 1e4].flatMap { (ratio: Double) in
  [1, 1e-2, 1e3].flatMap { (deviation: Double) in
    [false, true].flatMap { outlier in
      [([200, 1], "rows"), ([50, 1, 2, 2], "images")].flatMap { (lengths: [Int], layout: String) in
        let what = "mean/std \(ratio), std \(deviation), \(layout)\(outlier ? ", an outlier first" : "")"
        let column: @Sendable () -> Column = {
          Column(count: 200, mean: ratio * deviation, deviation: deviation, outlier: outlier, seed: 7)
        }
        let pass: @Sendable (Column) -> (y: Tensor, dx: Tensor) = { column in
          let layer = BatchNorm(1)
          let (y, cache) = layer.forward(Tensor(column.x.map { Float($0) }, shape: Shape(lengths)))
          var gradients = Gradients()
          return (y, layer.backward(Tensor(column.dy.map { Float($0) }, shape: Shape(lengths)), cache, &gradients))
        }
        // Numbers up to 5, or 15 for an outlier, by four roundings.
        let bound = outlier ? 4e-6 : 1e-6
        return [
          EdgeCase("BatchNorm, \(what)", .within(bound)) {
            let column = column()
            return (pass(column).y.elements(), column.y)
          },
          EdgeCase("BatchNorm backward, \(what)", .within(bound)) {
            let column = column()
            return (pass(column).dx.elements(as: Double.self).map { $0 * column.scale }, column.scaledSlope)
          },
        ]
      }
    }
  }
}

/// A constant has no deviation and gives exactly 0.
private let constants: [EdgeCase] = [0, 1, 0.1, 1e4, -1e10, 1e-30].flatMap { (constant: Double) in
  DType.precisions.flatMap { dtype in
    let x: @Sendable () -> Tensor = { Tensor(repeating: constant, shape: [33, 1], dtype: dtype) }
    let zeros = [Double](repeating: 0, count: 33)
    return [
      EdgeCase("BatchNorm of the constant \(constant), \(dtype)", .exact) {
        let layer = BatchNorm(1)
        layer.convert(to: dtype)
        return (layer.forward(x()).0.elements(), zeros)
      },
      EdgeCase("LayerNorm of the constant \(constant), \(dtype)", .exact) {
        let layer = LayerNorm(33)
        layer.convert(to: dtype)
        return (layer.forward(x().reshaped([1, 33])).0.elements(), zeros)
      },
    ]
  }
}
