import Foundation
import Strata

func backpropagationThroughTime(_ print: Printer) {
  print(String(format: "%.4f", pow(0.9, 50)), String(format: "%.1f", pow(1.1, 50)))

  let w = Tensor([0.5, 2, 0, 0.5] as [Double], shape: [2, 2])
  var power = w
  for step in 1...16 {
    if [1, 2, 4, 16].contains(step) {
      print("W to the", step, String(format: "has the norm %.4f", power.norm(2).item))
    }
    power = matmul(power, w)
  }

  func slope(keeping steps: Int) -> Tensor {
    gradient(
      of: { (w: Variable) in
        var h = Variable(Tensor([0] as [Double]))
        for t in 1...20 {
          if t == 20 - steps + 1 { h = Variable(h.value) }
          h = w * h + 1
        }
        return (h * h).sum()
      }, at: Tensor([0.9] as [Double]))
  }
  let exact = slope(keeping: 20).item
  for steps in [20, 10, 5, 1] {
    let found = slope(keeping: steps).item
    print(steps, "steps:", String(format: "%.1f, %.0f %% lost", found, 100 * (1 - found / exact)))
  }

  let gates = sigmoid(Tensor([0, 1, 3] as [Double]))
  print("σ(0), σ(1), σ(3):", round(gates * 10_000) / 10_000)
  print("after 50 steps:", gates.elements(as: Double.self).map { String(format: "%.0e", pow($0, 50)) })

  func reached(_ name: String, _ layer: some Layer) {
    let x = withSeed(2) { Tensor(normal: [16, 50, 8]) }
    let (y, cache) = layer.forward(x)
    var gradients = Gradients()
    let dx = layer.backward(Tensor(ones: y.shape), cache, &gradients)
    let share = dx[0..<16, 0].norm(2).item / dx[0..<16, 49].norm(2).item
    print(name, String(format: "%.0e", share))
  }
  withSeed(1) {
    reached("RNN:", Recurrent(RNNCell(8, 32), returning: .lastStep))
    reached("LSTM, bias of the forget gate 1:", Recurrent(LSTMCell(8, 32, forgetBias: 1), returning: .lastStep))
    reached("LSTM, bias 3:", Recurrent(LSTMCell(8, 32, forgetBias: 3), returning: .lastStep))
  }
}
