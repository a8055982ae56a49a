import Foundation
import Strata
import StrataTesting

func twoLayers(_ print: Printer) throws {
  let x: Tensor = [[1, 2]]
  let (w1, b1): (Tensor, Tensor) = ([[0.1, 0.2], [0.3, 0.4]], [0.1, 0.1])
  let (w2, b2): (Tensor, Tensor) = ([[0.5, 0.6], [0.7, 0.8]], [0.1, 0.1])
  let h = relu(matmul(x, w1) + b1)
  let z = matmul(h, w2) + b2
  let p = exp(z) / exp(z).sum(along: 1, keepingAxis: true)
  func rounded(_ x: Tensor) -> Tensor { round(x * 10_000) / 10_000 }
  print("h =", rounded(h))
  print("z =", rounded(z))
  print("p =", rounded(p))

  let y: Tensor = [[1, 0]]
  let dz = p - y
  let dw2 = matmul(h.transposed, dz)
  let dh = matmul(dz, w2.transposed)
  let dw1 = matmul(x.transposed, dh * (h .> 0))
  print("dz =", rounded(dz))
  print("dW2 =", rounded(dw2))
  print("dh =", rounded(dh))
  print("dW1 =", rounded(dw1))

  let (first, second) = (
    Linear(weight: Parameter(w1), bias: Parameter(b1)), Linear(weight: Parameter(w2), bias: Parameter(b2))
  )
  let model = Sequential([first, ReLU(), second])
  let (loss, gradients) = model.gradients(at: x) { SoftmaxCrossEntropy().evaluate($0, Tensor(labels: [0])) }
  print("L =", String(format: "%.4f", loss))
  print("dW2 =", rounded(gradients[second.weight]!))
  print("dW1 =", rounded(gradients[first.weight]!))

  let twice = Tensor(stacking: [x, x]).reshaped(to: [2, 2])
  let (mean, same) = model.gradients(at: twice) { SoftmaxCrossEntropy().evaluate($0, Tensor(labels: [0, 0])) }
  print("L =", String(format: "%.4f", mean))
  print("dW1 =", rounded(same[first.weight]!))

  struct Affine: Layer {
    let mistake: String
    let weight = Parameter(Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9] as [Float], shape: [3, 3]))
    let bias = Parameter([3], initialValue: 0)
    func forward(_ x: Tensor) -> (Tensor, (x: Tensor, w: Tensor)) {
      (matmul(x, weight.value) + bias.value, (x, weight.value))
    }
    func backward(_ dy: Tensor, _ cache: (x: Tensor, w: Tensor), _ gradients: inout Gradients) -> Tensor {
      let dw = matmul(cache.x.transposed, dy)
      gradients.add(mistake == "1/B again" ? dw / 4 : dw, to: weight)
      gradients.add(mistake == "no sum" ? dy[0] : dy.sum(along: 0), to: bias)
      return mistake == "no transpose" ? matmul(dy, cache.w) : matmul(dy, cache.w.transposed)
    }
  }
  for mistake in ["none", "no transpose", "no sum", "1/B again"] {
    do {
      try checkGradients(of: Affine(mistake: mistake), input: [4, 3])
      print(mistake + ": every gradient agrees")
    } catch let mismatch as GradientMismatch {
      print(mistake + ": the gradient of", mismatch.tensor, "is wrong")
    }
  }

  let sure: Tensor = [[1, 0]]
  print("L =", String(format: "%.4f", SoftmaxCrossEntropy().evaluate(sure, Tensor(labels: [0])).value))
}
