// Measures the error of differences by step size, which justifies the steps of the gradient check.
//
//   swift run -c release strata-step-sizes [FILE.svg]
//
// Prints the median and the largest relative error for each step as a table, and draws the medians.

import Foundation
import Strata

/// Smooth layers of each kind: products, activations, normalizations, recurrence.
let layers = withSeed(1) { () -> [(layer: any Layer, input: Shape)] in
  [
    (
      Sequential {
        Linear(5, 7); Tanh(); Linear(7, 3)
      }, [4, 5]
    ), (SiLU(), [4, 6]), (GELU(), [4, 6]),
    (Softmax(), [4, 6]), (LayerNorm(6), [4, 6]), (BatchNorm(5), [8, 5]), (Recurrent(LSTMCell(3, 4)), [2, 6, 3]),
    (Conv2D(2, 3, kernel: 3), [2, 2, 6, 6]),
  ]
}

/// A gradient of a layer along a direction in its input, and the function whose derivative it is.
struct Probe: Sendable {
  let slope: Double
  /// L = ⟨dy, layer(x + step · direction)⟩ with the layer in this precision.
  let value: @Sendable (_ step: Double, _ dtype: DType) -> Double

  /// The relative error of differences of order two or four.
  func error(_ step: Double, order: Int, _ dtype: DType) -> Double {
    func difference(_ step: Double) -> Double { value(step, dtype) - value(-step, dtype) }
    let estimate =
      order == 2
      ? difference(step) / (2 * step) : (8 * difference(step) - difference(2 * step)) / (12 * step)
    return abs(estimate - slope) / abs(slope)
  }
}

func probes(of layer: any Layer, _ input: Shape) -> [Probe] {
  (0..<8).map { index in
    var generator = RandomGenerator(seed: 1, stream: UInt64(1 << 40 + index))
    // Numbers that are exact in float32, so that both precisions use the same point.
    let x = Tensor(normal: input, using: &generator).converted(to: .float64)
    let arrow = Tensor(normal: input, using: &generator).converted(to: .float64)
    let direction = arrow / arrow.sumOfSquares.squareRoot()
    layer.convert(to: .float64)
    let (dy, slope) = derivative(of: layer, x, direction, &generator)
    return Probe(slope: slope) { step, dtype in
      layer.convert(to: dtype)
      let moved = (x + step * direction).converted(to: dtype)
      return (layer.forward(moved).0.converted(to: .float64) * dy).sum().item
    }
  }
}

/// A random dy, and the derivative of ⟨dy, layer(x)⟩ along a direction, by backward.
func derivative(
  of layer: some Layer, _ x: Tensor, _ direction: Tensor, _ generator: inout RandomGenerator
) -> (dy: Tensor, slope: Double) {
  let (y, cache) = layer.forward(x)
  let dy = Tensor(normal: y.shape, dtype: .float64, using: &generator)
  var gradients = Gradients()
  return (dy, (layer.backward(dy, cache, &gradients) * direction).sum().item)
}

let all = layers.flatMap { probes(of: $0.layer, $0.input) }
let steps = stride(from: -9.0, through: -0.5, by: 0.5).map { pow(10, $0) }
let kinds: [(name: String, order: Int, dtype: DType)] = [
  ("float32, central", 2, .float32), ("float32, fourth order", 4, .float32), ("float64, central", 2, .float64),
  ("float64, fourth order", 4, .float64),
]
print("\(all.count) directions in \(layers.count) layers: median (largest) relative error\n")
print("| step | " + kinds.map(\.name).joined(separator: " | ") + " |")
print("|---" + String(repeating: "|---", count: kinds.count) + "|")
var curves = kinds.map { Curve(name: $0.name, points: []) }
for step in steps {
  var cells: [String] = []
  for (index, kind) in kinds.enumerated() {
    let errors = all.map { $0.error(step, order: kind.order, kind.dtype) }.sorted()
    curves[index].points.append((step, errors[errors.count / 2]))
    cells.append("\(short(errors[errors.count / 2])) (\(short(errors.last!)))")
  }
  print("| \(short(step)) | " + cells.joined(separator: " | ") + " |")
}
if CommandLine.arguments.count > 1 {
  try chart(of: curves).write(toFile: CommandLine.arguments[1], atomically: true, encoding: .utf8)
}

/// A number in two digits, such as 3.2e-09.
func short(_ number: Double) -> String { String(format: "%.1e", number) }
