import Foundation
import Strata
import Testing

/// A classifier with a second head on its first features: two outputs, and a loss of both.
struct AuxiliaryClassifier: Module {
  let trunk = Sequential {
    Linear(64, 48); ReLU()
  }
  let main = Sequential {
    Linear(48, 48); ReLU(); Linear(48, 10)
  }
  let auxiliary = Linear(48, 10)
  typealias Cache = (trunk: any CacheBox, main: any CacheBox, auxiliary: any CacheBox)

  func forward(_ x: Tensor) -> (Pair<Tensor, Tensor>, Cache) {
    let (h, trunkCache) = forward(trunk, at: "trunk", x)
    let (y, mainCache) = forward(main, at: "main", h)
    let (z, auxiliaryCache) = forward(auxiliary, at: "auxiliary", h)
    return (Pair(y, z), (trunkCache, mainCache, auxiliaryCache))
  }

  func backward(_ dy: Pair<Tensor, Tensor>, _ cache: Cache, _ gradients: inout Gradients) -> Tensor {
    let dh =
      backward(main, at: "main", dy.first, cache.main, &gradients)
      + backward(auxiliary, at: "auxiliary", dy.second, cache.auxiliary, &gradients)
    return backward(trunk, at: "trunk", dh, cache.trunk, &gradients)
  }
}

/// The main head's cross-entropy, and 0.3 times that of the other.
struct WithAuxiliary: Objective {
  let loss = SoftmaxCrossEntropy()

  func evaluate(
    _ output: Pair<Tensor, Tensor>, _ target: Tensor
  ) -> (value: Double, gradient: Pair<Tensor, Tensor>) {
    let main = loss.evaluate(output.first, target)
    let auxiliary = loss.evaluate(output.second, target)
    return (main.value + 0.3 * auxiliary.value, Pair(main.gradient, 0.3 * auxiliary.gradient))
  }
}

@Suite(.seeded) struct AuxiliaryOutputTests {
  @Test func `digits are learnt through both heads`() throws {
    let digits = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../data/digits")
    let (train, test) = try Dataset.mnist(in: digits.path)
    let model = withSeed(3) { AuxiliaryClassifier() }
    var trainer = Trainer(
      model, loss: WithAuxiliary(), optimizer: Adam(for: model, learningRate: 3e-3), progress: .silent)
    try trainer.fit(train, epochs: 8, batchSize: 64)
    let output = try model.predict(test.inputs)
    #expect(accuracy(output.first, test.labels) > 0.94)
    #expect(accuracy(output.second, test.labels) > 0.9)
  }
}
