import Foundation
import Strata

func vanishingAndExploding(_ print: Printer) throws {
  print(String(format: "%.4f", pow(0.25, 4)), String(format: "%.1e", pow(0.25, 10)))
  print(String(format: "%.1e", pow(1.5, 100)))
  print(round(gradient(of: { sigmoid($0).sum() }, at: [-4, 0, 4] as Tensor) * 1000) / 1000)

  func share(_ name: String, _ layer: (Int) -> [any Layer]) {
    let model = withSeed(1) { Sequential((0..<50).flatMap(layer)) }
    let x = withSeed(2) { Tensor(normal: [64, 32]) }
    let (_, cache) = model.forward(x)
    var gradients = Gradients()
    let dy = withSeed(3) { Tensor(normal: [64, 32]) }
    let dx = model.backward(dy, cache, &gradients)
    print(name, String(format: "%.0e", dx.norm(2).item / dy.norm(2).item))
  }
  let xavier = Initializer.xavierUniform
  share("sigmoid:") { _ in [Linear(32, 32, initializer: xavier), Sigmoid()] }
  share("tanh:") { _ in [Linear(32, 32, initializer: xavier), Tanh()] }
  share("ReLU, Xavier:") { _ in [Linear(32, 32, initializer: xavier), ReLU()] }
  share("ReLU, He:") { _ in [Linear(32, 32, initializer: .heUniform), ReLU()] }
  let twice = Initializer.normal(standardDeviation: 0.5)
  share("ReLU, twice He:") { _ in [Linear(32, 32, initializer: twice), ReLU()] }
  share("BatchNorm:") { _ in [Linear(32, 32, initializer: xavier), BatchNorm(32), Sigmoid()] }
  let small = Initializer.normal(standardDeviation: 0.02)
  share("residual:") { _ in [Residual { [Linear(32, 32, initializer: small), Tanh()] }] }

  let exploding = withSeed(1) {
    Sequential((0..<50).flatMap { _ -> [any Layer] in [Linear(32, 32, initializer: twice), ReLU()] })
  }
  let input = withSeed(2) { Tensor(normal: [64, 32]) }
  var (_, gradients) = exploding.gradients(at: input) { y in (0, y / y.norm(2).item) }
  let before = try gradients.clip(globalNorm: 1)
  print("norm", String(format: "%.0e, clipped %.1f", before, try gradients.globalNorm()))

  print((1...).first { pow(0.5, Double($0)) < 1e-6 }!, "layers;", "2⁵⁰ =", String(format: "%.0e", pow(2.0, 50)))
}
