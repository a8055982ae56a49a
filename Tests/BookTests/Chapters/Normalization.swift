import Foundation
import Strata

func normalization(_ print: Printer) {
  func rounded(_ x: Tensor) -> Tensor { round(x * 10_000) / 10_000 }
  let x: Tensor = [[1], [2], [6]]
  let dy: Tensor = [[1], [0], [0]]
  let mean = x.mean(along: 0)
  let variance = ((x - mean) * (x - mean)).mean(along: 0)
  let normalized = (x - mean) / sqrt(variance)
  print("mean", mean, "variance", rounded(variance))
  print("x̂ =", rounded(normalized.transposed.tensor))

  let dx = (dy - dy.mean(along: 0) - normalized * (dy * normalized).mean(along: 0)) / sqrt(variance)
  print("dx =", rounded(dx.transposed.tensor))
  print("sums:", rounded(abs(dx.sum())), rounded(abs((dx * normalized).sum())))

  let norm = BatchNorm(1)
  let (_, cache) = norm.forward(x)
  var gradients = Gradients()
  print("dx =", rounded(norm.backward(dy, cache, &gradients).transposed.tensor))

  let row = Tensor([1, 2, 6] as [Float], shape: [1, 3])
  print("LayerNorm:", rounded(LayerNorm(3)(row)))
  print("RMSNorm:", rounded(RMSNorm(3)(row)))

  func gradient(of layer: some Layer, at x: Tensor) -> Double {
    let (_, cache) = layer.forward(x)
    var gradients = Gradients()
    return layer.backward(Tensor([1, 0, 0] as [Float], shape: [1, 3]), cache, &gradients).norm(2).item
  }
  print(String(format: "%.4f", gradient(of: LayerNorm(3), at: row)))
  print(String(format: "%.4f", gradient(of: LayerNorm(3), at: row * 10)))
}
