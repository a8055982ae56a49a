import Outside
import Strata
import StrataTesting
import Testing

/// A container written outside the package does what Strata's own do.
@Suite struct HighwayTests {
  private static func model() -> Sequential {
    withSeed(1) {
      Sequential {
        Linear(6, 5)
        Highway(
          Sequential {
            Linear(5, 5); Tanh()
          },
          gate: Sequential {
            Linear(5, 5); Sigmoid()
          })
        Linear(5, 3)
      }
    }
  }

  @Test func `it passes the kit`() throws {
    try checkLayer(
      Highway(
        Sequential {
          Linear(4, 4); Tanh()
        },
        gate: Sequential {
          Linear(4, 4); Sigmoid()
        }), input: [3, 4])
  }

  @Test func `it has its own names in PyTorch`() throws {
    let state = Self.model().pytorchState
    #expect(state["1.gate.0.weight"]?.shape == [5, 5] && state["1.body.0.bias"]?.shape == [5] && state.count == 8)
    try Self.model().load(pytorch: state)
  }

  @Test func `its children are found, saved and summarized by their positions`() throws {
    let model = Self.model()
    #expect(model.parameters.map(\.path).contains("1.1.0.weight"))
    let rows = try model.summary(input: [2, 6]).rows
    #expect(rows.map(\.path) == ["0", "1.0.0", "1.0.1", "1.1.0", "1.1.1", "2"])
    #expect(
      model.activations(of: Tensor(zeros: [2, 6])).map(\.path) == ["0", "1.1.0", "1.1.1", "1.0.0", "1.0.1", "2"])
  }

  @Test func `the gradient's flow shows the layers in it`() {
    let x = Tensor(normal: [8, 6])
    let flow = GradientFlow(
      of: Self.model(), at: x, Tensor(labels: [0, 1, 2, 0, 1, 2, 0, 1]), loss: SoftmaxCrossEntropy())
    #expect(flow.layers.map(\.path) == ["0", "1.0.0", "1.0.1", "1.1.0", "1.1.1", "2"])
    #expect(flow.layers.allSatisfy { $0.gradientNorm > 0 })
  }

  @Test func `checkpointing gives the same bits`() {
    let model = Self.model()
    let (x, labels) = (Tensor(normal: [8, 6]), Tensor(labels: [0, 1, 2, 0, 1, 2, 0, 1]))
    func gradients(_ model: some Layer) -> [Tensor] {
      let (_, gradients) = model.gradients(at: x) { SoftmaxCrossEntropy().evaluate($0, labels) }
      return model.parameters.map { gradients[$0.parameter]! }
    }
    let plain = gradients(model)
    for other in [gradients(model.checkpointed(.everySegment(of: 1))), gradients(Offloaded { model.layers })] {
      #expect(zip(plain, other).allSatisfy { $0.isIdentical(to: $1) })
    }
  }

  @Test func `a mismatch in it is reported with its path, before anything runs`() {
    let model = Sequential { Highway(Linear(4, 4), gate: Sequential { Linear(5, 4) }) }
    let error = #expect(throws: ShapeError.self) { try model.validate(input: [2, 4]) }
    #expect(error?.mismatches.map(\.path) == ["0.1.0"])
  }

  @Test func `what stops in it is reported under its path`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let broken = Lambda("broken", forward: { x in (x + Tensor(zeros: [7]), x) }, backward: { dy, _ in dy })
      let model = Sequential {
        ReLU();
        Highway(
          Sequential {
            Tanh(); broken
          }, gate: Sigmoid())
      }
      _ = model.forward(Tensor(zeros: [2, 4]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("in layer 1.0.1: "))
  }

  @Test func `inference can be differentiated through it`() {
    let model = Sequential {
      Highway(
        Sequential {
          BatchNorm(3); Dropout(0.5)
        }, gate: Sigmoid())
    }
    model.convert(to: .float64)
    let x = Tensor(normal: [4, 3]).converted(to: .float64)
    let (y, cache) = model.inference(x)
    #expect(y == model(x))
    var unused = Gradients()
    let dx = model.backward(Tensor(ones: [4, 3], dtype: .float64), cache, &unused)
    let h = 1e-6
    for index in 0..<12 {
      let step = h * Tensor(oneHot: Tensor(labels: [index]), classes: 12, dtype: .float64).reshaped(to: [4, 3])
      let slope = (model(x + step).sum().item - model(x - step).sum().item) / (2 * h)
      #expect(abs(dx.reshaped(to: [12])[index].item - slope) < 1e-8)
    }
  }
}
