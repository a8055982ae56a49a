import Strata
import StrataTensor
import Testing

/// Parts of a model that do not learn.
@Suite(.seeded) struct FrozenTests {
  @Test func `weights, running statistics and the optimizer's memory stay as they are`() throws {
    let model = withSeed(1) {
      Sequential {
        Frozen {
          Linear(4, 4); BatchNorm(4); ReLU()
        }; Linear(4, 2)
      }
    }
    let before = model.state
    var optimizer = AdamW(for: model, learningRate: 0.1, weightDecay: 0.5)
    #expect(optimizer.state.keys.filter { $0.hasPrefix("0.") }.isEmpty)
    for _ in 0..<3 {
      let (_, gradients) = model.gradients(at: Tensor(normal: [8, 4])) { ($0.sum().item, $0) }
      #expect(gradients.receivers.count == 2 && gradients.observations.isEmpty)
      try optimizer.update(along: gradients)
    }
    for (path, value) in model.state {
      #expect(value.isIdentical(to: before[path]!) != path.hasPrefix("1."), "\(path)")
    }
  }

  @Test func `they run in inference while the model trains`() {
    let layers = withSeed(1) { [BatchNorm(4), Dropout(0.5), Tanh()] as [any Layer] }
    let x = Tensor(normal: [8, 4]) * 3 + 1
    for passes in [false, true] {
      let frozen = Frozen(passesGradient: passes) { layers }
      #expect(frozen.forward(x).0.isIdentical(to: Sequential(layers)(x)))
      #expect(frozen.inference(x).0.isIdentical(to: Sequential(layers)(x)))
    }
  }

  @Test func `what is before learns through one that passes the gradient, by the slope of inference`() {
    let body = withSeed(1) {
      Sequential {
        Linear(4, 4); BatchNorm(4); Dropout(0.5); Tanh()
      }
    }
    let generator = withSeed(2) { Linear(4, 4) }
    let model = Sequential {
      generator; Frozen(passesGradient: true) { body }
    }
    let x = Tensor(normal: [8, 4])
    let (_, gradients) = model.gradients(at: x) { (0, Tensor(ones: $0.shape)) }
    #expect(gradients.receivers.count == 2, "the generator's alone")
    let (y, cache) = body.inference(generator(x))
    var unused = Gradients()
    let dh = body.backward(Tensor(ones: y.shape), cache, &unused)
    #expect(gradients[generator.weight]!.isIdentical(to: generator.run(x, dh).gradients[generator.weight]!))
  }

  @Test func `one that passes the gradient makes no product for its weights`() {
    let model = withSeed(1) {
      Sequential {
        Linear(4, 4); Frozen(passesGradient: true) { Linear(4, 4) }
      }
    }
    let meter = WorkMeter()
    _ = model.gradients(at: Tensor(normal: [3, 4])) { (0, $0) }
    #expect(meter.reading().products == 4, "two forward, dx of the second and dW of the first")
  }

  @Test func `a parameter that another part holds too learns there`() throws {
    let shared = withSeed(1) { Linear(4, 4) }
    let model = Sequential {
      Frozen {
        shared; Tanh()
      }; shared
    }
    let (_, gradients) = model.gradients(at: Tensor(normal: [3, 4])) { ($0.sum().item, $0) }
    #expect(gradients.receivers.count == 2)
    var optimizer = SGD(for: model, learningRate: 0.1)
    let before = shared.weight.value
    try optimizer.update(along: gradients)
    #expect(shared.weight.value != before)
  }

  @Test func `a group of an optimizer may not make a frozen part learn`() throws {
    let model = withSeed(1) {
      Sequential {
        Frozen { Linear(4, 4) }; Linear(4, 2)
      }
    }
    let optimizer = SGD(for: model, learningRate: 0.1)
    #expect(optimizer.slots.frozen.count == 2)
  }

  @Test func `states, paths and messages are those of the layers in it`() throws {
    let model = Sequential {
      Frozen { Linear(4, 4) }; Linear(4, 2)
    }
    #expect(model.parameters.map(\.path) == ["0.0.weight", "0.0.bias", "1.weight", "1.bias"])
    #expect(try model.validate(input: [3, 4]) == [3, 2])
    #expect("\(Frozen(passesGradient: true) { Tanh() })" == "Frozen(passesGradient: true) { Tanh() }")
    let error = #expect(throws: ShapeError.self) { try model.validate(input: [3, 5]) }
    #expect(error?.mismatches.map(\.path) == ["0.0"])
  }
}
