import Strata
import StrataTensor
import Testing

/// An observer that does nothing with what it sees.
private final class Onlooker: LayerObserver {
  func didRun(_ module: any Module, at path: String, input: [Tensor], output: [Tensor], cache: (any CacheBox)?) {}
}

/// The method is the mode, on variables too: `model(x)` is inference, and its slope is that of inference.
@Suite(.seeded) struct InferenceOnVariablesTests {
  /// Models whose training and inference differ, all the ways to hold a layer.
  static let models: [String: @Sendable () -> any Layer] = [
    "Sequential": {
      Sequential {
        Linear(4, 4); modes(); Linear(4, 2)
      }
    },
    "Checkpoint": {
      Sequential {
        Checkpoint {
          Linear(4, 4); modes()
        }; Linear(4, 2)
      }
    },
    "Offloaded": {
      Offloaded(smallest: 1) {
        Linear(4, 4); modes(); Linear(4, 2)
      }
    },
    "Residual": {
      Residual(scale: Parameter([1], initialValue: 0.5)) {
        Linear(4, 4); modes()
      }
    },
    "Parallel": {
      Parallel(join: .concatenate) {
        Linear(4, 3);
        Sequential {
          modes(); Tanh()
        }
      }
    },
    "Reversible": {
      Reversible {
        Sequential {
          Linear(2, 2); modes(2)
        }; Tanh()
      }
    },
    "Frozen": {
      Sequential {
        Linear(4, 4);
        Frozen(passesGradient: true) {
          modes(); Linear(4, 2)
        }
      }
    },
    "DifferentiableLayer": {
      Sequential {
        Linear(4, 4); Nested(inner: Nested(inner: modes()))
      }
    },
    "Recomputed": {
      Sequential {
        Linear(4, 4); Recomputed(modes())
      }
    },
    "Chain": { Sequential { Linear(4, 4).then(modes()) } },
    "a layer outside the package": {
      Sequential {
        Outside(body: modes()); Tanh()
      }
    },
  ]

  @Test(arguments: models.keys.sorted())
  func `the gradient of a model is that of its inference`(name: String) throws {
    let model = withSeed(1, Self.models[name]!)
    try train(model)
    let x = normal([3, 4], seed: 2)
    let expected = differences(at: x) { sin(model($0)).sum().item }
    let found = gradient(of: { sin(model($0)).sum() }, at: x)
    #expect(relativeError(found, expected) < 1e-9)
    let observed = LayerObservation.by(Onlooker()) { gradient(of: { sin(model($0)).sum() }, at: x) }
    #expect(observed.isIdentical(to: found))
  }

  @Test(arguments: models.keys.sorted())
  func `forward on a variable trains`(name: String) {
    let model = withSeed(1, Self.models[name]!)
    model.convert(to: .float64)
    let x = normal([8, 4], seed: 2)
    func restarted<R>(_ body: () -> R) -> R { ModelContents(of: model).restoringStreams(after: body) }
    let expected = restarted { cotangent(model, x) }
    let found = restarted { gradient(of: { model.forward($0).sum() }, at: x) }
    #expect(found.isIdentical(to: expected))
    let isFrozen = name == "Frozen"
    #expect(found.isIdentical(to: gradient(of: { model($0).sum() }, at: x)) == isFrozen)
  }

  @Test(arguments: models.keys.sorted())
  func `in gradients(of:) a model trains`(name: String) {
    let model = withSeed(1, Self.models[name]!)
    model.convert(to: .float64)
    let x = normal([8, 4], seed: 2)
    func restarted<R>(_ body: () -> R) -> R { ModelContents(of: model).restoringStreams(after: body) }
    let expected = restarted { model.gradients(at: x) { ($0.sum().item, Tensor(ones: $0.shape, dtype: .float64)) } }
    let found = restarted { gradients { model(Variable(x)).sum() } }
    #expect(found.value == expected.loss)
    #expect(found.gradients.receivers.count == expected.gradients.receivers.count)
    for parameter in expected.gradients.receivers {
      #expect(found.gradients[parameter]!.isIdentical(to: expected.gradients[parameter]!))
    }
    #expect(found.gradients.observations.count == expected.gradients.observations.count)
  }

  @Test func `the slope of BatchNorm in inference is γ/σ, of sums in training 0`() {
    let norm = BatchNorm(1, epsilon: 0)
    norm.runningVariance!.value = [4]
    #expect(gradient(of: { norm($0).sum() }, at: [[1], [2]]) == [[0.5], [0.5]])
    #expect(gradient(of: { norm.forward($0).sum() }, at: [[1], [3]]) == [[0], [0]])
  }

  @Test func `a nested layer follows the mode in which the layer around it runs`() {
    let layer = Nested(inner: Sequential { Dropout(0.5) })
    let x = Tensor(ones: [1, 100])
    #expect(layer(x) == tanh(x))
    #expect(layer.inference(x).0 == tanh(x))
    #expect(layer.forward(x).0 != tanh(x))
    #expect(gradients { layer(Variable(x)).sum() }.value != tanh(x).sum().item)
    #expect(valueWithGradient(of: { layer($0).sum() }, at: x).value == tanh(x).sum().item)
  }

  @Test func `training by a tape inside a function of inputs trains`() {
    let norm = BatchNorm(1, epsilon: 0)
    let x: Tensor = [[1], [3]]
    _ = gradient(
      of: { v in
        #expect(gradients { norm(Variable(x)).sum() }.gradients.observations.count == 2)
        return norm(v).sum()
      }, at: x)
  }

  @Test func `a step along the sign of the slope raises the loss of the model that is used`() throws {
    let model = withSeed(3) {
      Sequential {
        Linear(4, 16); BatchNorm(16); ReLU(); Dropout(0.5); Linear(16, 3)
      }
    }
    try train(model)
    let (x, label) = (normal([1, 4], seed: 4), Tensor(labels: [0]))
    let loss = SoftmaxCrossEntropy()
    let dx = gradient(of: { loss(model($0), label) }, at: x)
    let raised = x + 0.01 * ((dx .> 0) - (dx .< 0))
    let gain = loss(model(raised), label) - loss(model(x), label)
    #expect(abs(gain / (0.01 * abs(dx).sum().item) - 1) < 0.1, "to first order by ε times the sum of the slopes")
  }

  /// Moves the running statistics away from where they start.
  private func train(_ model: some Layer) throws {
    model.convert(to: .float64)
    var optimizer = SGD(for: model, learningRate: 0.01)
    for seed in 10..<14 {
      let (_, gradients) = model.gradients(at: 2 * normal([16, 4], seed: UInt64(seed)) + 1) { ($0.sum().item, $0) }
      try optimizer.update(along: gradients)
    }
  }

  private func cotangent<L: Layer>(_ layer: L, _ x: Tensor) -> Tensor {
    let (y, cache) = layer.forward(x)
    var unused = Gradients()
    return layer.backward(Tensor(ones: y.shape, dtype: y.dtype), cache, &unused)
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
private func modes(_ features: Int = 4) -> Sequential {
  Sequential {
    BatchNorm(features); Dropout(0.3); Tanh()
  }
}

private struct Nested: DifferentiableLayer {
  let inner: any Layer
  func forward(_ x: Variable) -> Variable { tanh(inner(x)) }
}

/// A layer that holds another and says nothing about inference.
private struct Outside: Layer {
  let body: Sequential

  func forward(_ x: Tensor) -> (Tensor, any CacheBox) { forward(body, at: "body", x) }

  func backward(_ dy: Tensor, _ cache: any CacheBox, _ gradients: inout Gradients) -> Tensor {
    backward(body, at: "body", dy, cache, &gradients)
  }
}
