import Strata
import StrataTensor
import Testing

/// `module(x)` is inference, and `inference(x)` is the same with a cache whose backward is its slope.
@Suite(.seeded) struct InferenceTests {
  static let layers: [String: @Sendable () -> any Layer] = [
    "BatchNorm": { BatchNorm(4) },
    "Dropout": { Dropout(0.5) },
    "Reparameterize": { Reparameterize() },
    "Sequential": { modes() },
    "Checkpoint": {
      Checkpoint {
        modes(); Linear(4, 2)
      }
    },
    "a plan": {
      Sequential {
        Linear(4, 4); BatchNorm(4); Dropout(0.5); Tanh()
      }.checkpointed(.everySegment(of: 2))
    },
    "Offloaded": {
      Offloaded(smallest: 1) {
        modes(); Linear(4, 2)
      }
    },
    "Residual": { Residual(scale: Parameter([1], initialValue: 0.5)) { modes() } },
    "Parallel": {
      Parallel(join: .sum) {
        modes(); Tanh()
      }
    },
    "Reversible": {
      Reversible {
        Sequential {
          Linear(2, 2); BatchNorm(2); Dropout(0.5)
        }; Tanh()
      }
    },
    "Frozen": {
      Sequential {
        Linear(4, 4); Frozen(passesGradient: true) { modes() }
      }
    },
    "Chain": { modes().then(Linear(4, 2)) },
    "Recomputed": { Recomputed(modes()) },
    "a layer outside": {
      Wrapped(
        body: Sequential {
          Wrapped(body: modes()); Linear(4, 2)
        })
    },
  ]

  @Test(arguments: layers.keys.sorted())
  func `the backward of inference is the derivative of layer(x)`(name: String) throws {
    let layer = withSeed(1, Self.layers[name]!)
    func check<L: Layer>(_ layer: L) throws {
      try train(layer)
      let x = withSeed(3) { Tensor(normal: [5, 4]) }.converted(to: .float64)
      let (y, cache) = layer.inference(x)
      #expect(relativeError(layer(x), y) < 1e-15)
      #expect(layer(x).isIdentical(to: layer(x)), "nothing is random")
      let dy = withSeed(4) { Tensor(normal: y.shape) }.converted(to: .float64)
      var gradients = Gradients()
      let dx = layer.backward(dy, cache, &gradients)
      #expect(gradients.observations.isEmpty)
      #expect(relativeError(dx, differences(at: x) { (layer($0) * dy).sum().item }) < 1e-9)
      for parameter in gradients.receivers {
        let value = parameter.value
        defer { parameter.value = value }
        let expected = differences(at: value) {
          parameter.value = $0
          return (layer(x) * dy).sum().item
        }
        #expect(relativeError(gradients[parameter]!, expected) < 1e-8, "\(parameter.name)")
      }
    }
    try check(layer)
  }

  @Test func `a module that says nothing about inference infers what it holds`() {
    let model = withSeed(1) { TwoTowers(modes(), Sequential { Wrapped(body: modes()) }) }
    let x = Pair(Tensor(normal: [3, 4]), Tensor(normal: [3, 4]))
    let expected = (model.user(x.first) * model.item(x.second)).sum(along: 1, keepingAxis: true)
    #expect(relativeError(model(x), expected) < 1e-6)
    #expect(relativeError(model.inference(x).0, expected) < 1e-6)
    #expect(model(x).isIdentical(to: model(x)))
    #expect(model.forward(x).0 != expected)
  }

  @Test func `training inside of inference trains`() {
    // What a module calls by forward itself is not inferred for it.
    let drop = Dropout(0.5)
    let x = Tensor(ones: [100])
    let layer = Lambda(forward: { x in (drop.forward(x).0, 0) }, backward: { dy, _ in dy })
    #expect(layer(x) != x)
  }

  private func train(_ layer: some Layer) throws {
    layer.convert(to: .float64)
    if layer.parameters.isEmpty { return }
    var optimizer = SGD(for: layer, learningRate: 0.01)
    for seed in 10..<14 {
      let x = 2 * withSeed(UInt64(seed)) { Tensor(normal: [16, 4]) }.converted(to: .float64) + 1
      let (_, gradients) = layer.gradients(at: x) { ($0.sum().item, $0) }
      try optimizer.update(along: gradients)
    }
  }

  /// Central differences.
  private func differences(at x: Tensor, _ f: (Tensor) -> Double) -> Tensor {
    let h = 1e-5
    let slopes = (0..<x.count).map { index in
      let step = h * Tensor(oneHot: Tensor(labels: [index]), classes: x.count, dtype: x.dtype).reshaped(to: x.shape)
      return (f(x + step) - f(x - step)) / (2 * h)
    }
    return Tensor(slopes).reshaped(to: x.shape)
  }
}

/// What training and inference do differently.
private func modes() -> Sequential {
  Sequential {
    Linear(4, 4); BatchNorm(4); Dropout(0.3); Tanh()
  }
}
