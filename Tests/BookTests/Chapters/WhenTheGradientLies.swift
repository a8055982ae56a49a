import Foundation
import Strata

func whenTheGradientLies(_ print: Printer) {
  print("relu:", gradient(of: { relu($0).sum() }, at: [-1, 0, 1] as Tensor))
  print("|x|: ", gradient(of: { abs($0).sum() }, at: [-1, 0, 1] as Tensor))
  print("two ways to write x:", gradient(of: { (relu($0) - relu(-$0)).sum() }, at: [0] as Tensor))

  func spread(_ numbers: [Double]) -> (mean: Double, deviation: Double) {
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(numbers.count)).squareRoot())
  }
  let noise = withSeed(1) { Tensor(normal: [64_000], dtype: .float64).elements(as: Double.self) }
  for batch in [1, 4, 16, 64] {
    let means = stride(from: 0, to: noise.count, by: batch).map {
      3 + noise[$0..<$0 + batch].reduce(0, +) / Double(batch)
    }
    let (mean, deviation) = spread(means)
    print("batches of", batch, String(format: "gradient %.1f ± %.2f", mean, deviation))
  }

  let epsilon = withSeed(2) { Tensor(normal: [100_000], dtype: .float64).elements(as: Double.self) }
  let mu = 1.0
  let byPath = epsilon.map { 2 * (mu + $0) }
  let byScore = epsilon.map { (mu + $0) * (mu + $0) * $0 }
  print("reparameterized:", String(format: "%.1f ± %.1f", spread(byPath).mean, spread(byPath).deviation))
  print("score function: ", String(format: "%.1f ± %.1f", spread(byScore).mean, spread(byScore).deviation))
}
