import Strata
import StrataTensor
import Testing

/// Nothing below a stopped gradient receives anything: no gradient, no decay, no statistic, no work.
@Suite(.seeded) struct StopGradientTests {
  /// A model of two products whose gradient is stopped between them, and the products that recomputation adds.
  static let models: [String: (recomputed: Int, make: @Sendable () -> any Layer)] = [
    "Sequential": (
      0,
      {
        Sequential {
          Linear(4, 4); StopGradient(); Linear(4, 4)
        }
      }
    ),
    "nested": (
      0,
      {
        Sequential {
          Sequential {
            Linear(4, 4); StopGradient()
          }; Linear(4, 4)
        }
      }
    ),
    "a layer outside": (
      0,
      {
        Sequential {
          Wrapped(
            body: Sequential {
              Linear(4, 4); StopGradient(); Linear(4, 4)
            })
        }
      }
    ),
    "Frozen": (
      0,
      {
        Sequential {
          Frozen { Linear(4, 4) }; Linear(4, 4)
        }
      }
    ),
    "Checkpoint": (
      2,
      {
        Checkpoint {
          Linear(4, 4); StopGradient(); Linear(4, 4)
        }
      }
    ),
    "Checkpoint of what is stopped": (
      0,
      {
        Sequential {
          Checkpoint {
            Linear(4, 4); StopGradient()
          }; Linear(4, 4)
        }
      }
    ),
    "a plan": (
      0,
      {
        Sequential {
          Linear(4, 4); StopGradient(); Linear(4, 4); Identity()
        }.checkpointed(.everySegment(of: 2))
      }
    ),
    "Offloaded": (
      0,
      {
        Offloaded(smallest: 1) {
          Linear(4, 4); StopGradient(); Linear(4, 4)
        }
      }
    ),
    "Residual": (
      0,
      {
        Residual {
          Linear(4, 4); StopGradient(); Linear(4, 4)
        }
      }
    ),
    "Parallel": (
      0,
      {
        Parallel(join: .sum) {
          Identity();
          Sequential {
            Linear(4, 4); StopGradient(); Linear(4, 4)
          }
        }
      }
    ),
    "Chain": (0, { Linear(4, 4).then(StopGradient()).then(Linear(4, 4)) }),
    "Chain that ends": (0, { Linear(4, 4).then(StopGradient().then(Linear(4, 4))) }),
    "Recomputed": (2, { Recomputed(Linear(4, 4).then(StopGradient()).then(Linear(4, 4))) }),
  ]

  @Test(arguments: models.keys.sorted())
  func `two products forward and one for the weight above, whoever asks for dx`(name: String) {
    let (recomputed, make) = Self.models[name]!
    let model = withSeed(1, make)
    let x = Tensor(normal: [3, 4])
    func count<L: Layer>(_ model: L, _ backward: (L, Tensor, L.Cache, inout Gradients) -> Void) -> (Int, Gradients) {
      let meter = WorkMeter()
      let (y, cache) = model.forward(x)
      var gradients = Gradients()
      backward(model, y, cache, &gradients)
      return (meter.reading().products, gradients)
    }
    func check(_ model: some Layer) {
      let (products, gradients) = count(model) { $0.accumulate($1, $2, &$3) }
      #expect(products == 3 + recomputed)
      let learning = model.parameters.map(\.parameter).suffix(2)
      #expect(gradients.receivers.count == 2)
      #expect(gradients.receivers.allSatisfy { parameter in learning.contains { $0 === parameter } })
      let (again, _) = count(model) { _ = $0.backward($1, $2, &$3) }
      #expect(again == 3 + recomputed)
    }
    check(model)
  }

  @Test(arguments: models.keys.sorted())
  func `dx is zero, but for what goes past the stop`(name: String) {
    let model = withSeed(1, Self.models[name]!.make)
    let x = Tensor(normal: [3, 4])
    let dx = model.run(x, Tensor(ones: [3, 4])).dx
    let passes = name == "Residual" || name == "Parallel"
    #expect(dx == (passes ? Tensor(ones: [3, 4]) : Tensor(zeros: [3, 4])))
    #expect(model.stopsGradient != passes || name == "a layer outside")
  }

  @Test func `weights below neither learn nor decay, and statistics stay`() throws {
    let model = withSeed(2) {
      Sequential {
        Linear(4, 4); BatchNorm(4); StopGradient(); Linear(4, 2)
      }
    }
    let before = model.state
    var optimizer = AdamW(for: model, learningRate: 0.1, weightDecay: 0.5)
    for _ in 0..<3 {
      let (_, gradients) = model.gradients(at: Tensor(normal: [8, 4])) { ($0.sum().item, $0) }
      #expect(gradients.observations.isEmpty)
      try optimizer.update(along: gradients)
    }
    for (path, value) in model.state {
      #expect(value.isIdentical(to: before[path]!) != path.hasPrefix("3."), "\(path)")
    }
  }

  @Test func `what lies below keeps no cache`() {
    let below = Sequential {
      Linear(4, 4); Tanh(); Linear(4, 4)
    }
    let above = Linear(4, 2)
    let model = Sequential {
      below; StopGradient(); above
    }
    #expect(model.cachedBytes(for: [8, 4]) == above.cachedBytes(for: [8, 4]))
    #expect(below.then(StopGradient()).then(above).cachedBytes(for: [8, 4]) == above.cachedBytes(for: [8, 4]))
  }

  @Test func `indices have no gradient, so that what makes them need not run backward`() {
    #expect(Embedding(3, 2).stopsGradient)
    let model = Sequential {
      Embedding(3, 2); Linear(2, 2)
    }
    let (_, gradients) = model.gradients(at: Tensor(labels: [0, 2])) { ($0.sum().item, $0) }
    #expect(gradients.receivers.count == 3)
  }
}
