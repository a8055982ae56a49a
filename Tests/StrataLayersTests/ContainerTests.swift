import Strata
import Testing

/// ``Residual``, ``Parallel`` and containers written outside: paths, summaries, shapes and gradients.
@Suite(.seeded) struct ContainerTests {
  /// A custom container with its own parameters around and between its layers.
  private struct Gate: Container, Layer {
    let before = Parameter([1], initialValue: 2)
    let inner = Linear(3, 3)
    let more: [any Layer] = [Tanh(), Linear(3, 3, bias: false)]
    let factors = (low: Parameter([1], initialValue: 0), high: Parameter([1], initialValue: 1))
    var children: [any Module] { [inner] + more }

    func forward(_ x: Tensor) -> (Tensor, Identity.Cache) { Identity().forward(x) }
    func backward(_ dy: Tensor, _ cache: Identity.Cache, _ gradients: inout Gradients) -> Tensor { dy }
  }

  @Test func `a container's own parameters are found under their names, its layers' by position`() {
    #expect(
      Gate().parameters.map(\.path) == [
        "before", "factors.low", "factors.high", "0.weight", "0.bias", "2.weight",
      ])
    let model = Sequential {
      Linear(3, 3)
      Residual(scale: Parameter([1], initialValue: 0)) {
        Parallel(join: .sum) {
          Linear(3, 3, bias: false); Sequential { Linear(3, 3, bias: false) }
        }
      }
    }
    #expect(
      model.parameters.map(\.path) == ["0.weight", "0.bias", "1.scale", "1.0.0.weight", "1.0.1.0.weight"])
    #expect(
      model.activations(of: Tensor(zeros: [2, 3])).map(\.path) == ["0", "1.0.0", "1.0.1.0"])
  }

  @Test func `deep nesting is walked once`() {
    var layer: any Layer = Linear(2, 2)
    for _ in 0..<30 {
      let inner = layer
      layer = Residual { inner }
    }
    #expect(layer.parameters.count == 2)
  }

  @Test func `a summary counts what containers hold themselves`() throws {
    let model = Sequential {
      Residual(scale: Parameter([8], initialValue: 1)) {
        Linear(8, 8); Tanh(); Linear(8, 8)
      }
      Parallel(join: .concatenate) {
        Linear(8, 3);
        Sequential {
          Tanh(); Linear(8, 2)
        }
      }
    }
    let summary = try model.summary(input: [16, 8])
    #expect(summary.parameterCount == model.parameterCount)
    #expect(summary.cachedBytes == model.cachedBytes(for: [16, 8]))
    #expect(summary.rows.map(\.path) == ["0.0", "0.1", "0.2", "0", "1.0", "1.1.0", "1.1.1", "0.scale"])
    #expect(summary.rows[3].parameterCount == 0 && summary.rows[7].parameterCount == 8)
    #expect(summary.rows.map(\.cachedBytes).reduce(0, +) == summary.cachedBytes)
  }

  @Test func `descriptions fit a line`() {
    let model = Parallel(join: .concatenate) {
      Residual(scale: Parameter([1], initialValue: 0)) { ReLU() }
      Sequential {
        Tanh(); ReLU()
      }
    }
    #expect(
      "\(model)" == "Parallel(join: .concatenate(axis: -1)) { Residual(scale: [1]) { ReLU() }; "
        + "Sequential { Tanh(); ReLU() } }")
  }

  @Test func `a zero scale starts as the identity, and learns`() {
    let scale = Parameter([1], initialValue: 0)
    let layer = Residual(scale: scale) { Linear(3, 3) }
    let x = Tensor(normal: [4, 3])
    let (y, dx, gradients) = layer.run(x, x)
    #expect(y == x && dx == x)
    #expect(gradients[scale]!.item != 0)
  }

  @Test func `inference and accumulate agree with forward and backward`() {
    let x = Tensor(normal: [5, 4])
    let layers: [any Layer] = [
      Residual(scale: Parameter([4], initialValue: 0.5)) {
        Linear(4, 4); Tanh()
      },
      Residual { Linear(4, 4) },
      Parallel(join: .sum) {
        Linear(4, 3); Linear(4, 3)
      },
      Parallel(join: .concatenate) {
        Linear(4, 3); Tanh()
      },
      TiedLinear(transposing: Parameter(Tensor(normal: [3, 4]))),
      MatrixProduct(dimensions: [3, 5, 4]),
    ]
    for layer in layers {
      func check<L: Layer>(_ layer: L) {
        let (y, cache) = layer.forward(x)
        #expect(layer(x).isIdentical(to: y))
        let (_, _, expected) = layer.run(x, y)
        var gradients = Gradients()
        layer.accumulate(y, cache, &gradients)
        #expect(gradients.receivers.count == layer.parameters.count)
        for parameter in gradients.receivers {
          #expect(gradients[parameter]!.isIdentical(to: expected[parameter]!))
        }
      }
      check(layer)
    }
  }

  @Test func `shapes that cannot be joined are all reported`() {
    let model = Sequential {
      Residual { Linear(4, 3) }
      Residual(scale: Parameter([3], initialValue: 0)) { Tanh() }
      Parallel(join: .sum) {
        Linear(4, 3); Linear(5, 2); Tanh()
      }
    }
    let error = #expect(throws: ShapeError.self) { try model.validate(input: [2, 4]) }
    #expect(error?.mismatches.map(\.path) == ["0", "1", "2.1", "2"])
    #expect(
      error?.mismatches[0].message.contains("what its layers make, [2, 3], to its input, [2, 4]") == true)
    #expect(error?.mismatches[1].message.contains("let the scale broadcast") == true)
    #expect(error?.mismatches[3].message.contains("outputs of shapes [2, 3], [2, 2], [2, 4]") == true)
    #expect(throws: ShapeError.self) {
      _ = try Parallel(join: .concatenate(axis: 2)) {
        Tanh(); ReLU()
      }.validate(input: [2, 4])
    }
  }
}
