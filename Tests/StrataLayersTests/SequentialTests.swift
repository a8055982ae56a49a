import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct SequentialTests {
  @Test func `the builder takes conditions, loops and arrays`() {
    func model(depth: Int, activated: Bool) -> Sequential {
      Sequential {
        for _ in 0..<depth { Linear(4, 4) }
        if activated { Tanh() } else { Identity() }
        if depth > 2 { Linear(4, 4) }
        [ReLU(), ReLU()]
      }
    }
    #expect(
      model(depth: 2, activated: true).layers.map { "\($0)" } == [
        "Linear(4, 4)", "Linear(4, 4)", "Tanh()", "ReLU()", "ReLU()",
      ])
    #expect(model(depth: 3, activated: false).layers.count == 7)
  }

  @Test func `an empty model is the identity`() {
    let x = Tensor(normal: [2, 3])
    let model = Sequential {}
    let (y, dx, gradients) = model.run(x, x)
    #expect(y == x && dx == x && gradients.receivers.isEmpty)
  }

  @Test func `inference equals training's forward where layers have one mode`() {
    let model = withSeed(1) {
      Sequential {
        Linear(3, 4); ReLU(); Linear(4, 2)
      }
    }
    let x = Tensor(normal: [5, 3])
    #expect(model(x).isIdentical(to: model.forward(x).0))
  }

  @Test func `accumulate gives the gradients of backward`() {
    let model = withSeed(1) {
      Sequential {
        Linear(3, 4); Tanh(); Linear(4, 2)
      }
    }
    let x = Tensor(normal: [5, 3])
    let dy = Tensor(normal: [5, 2])
    let (_, _, expected) = model.run(x, dy)
    var gradients = Gradients()
    model.accumulate(dy, model.forward(x).1, &gradients)
    for (_, parameter) in model.parameters {
      #expect(gradients[parameter]!.isIdentical(to: expected[parameter]!))
    }
  }

  @Test func `nested models are named by position`() {
    let model = Sequential {
      Linear(3, 4)
      Sequential {
        ReLU()
        Linear(4, 2)
      }
    }
    #expect(model.parameters.map(\.path) == ["0.weight", "0.bias", "1.1.weight", "1.1.bias"])
    let outputs = model.activations(of: Tensor(zeros: [2, 3]))
    #expect(outputs.map(\.path) == ["0", "1.0", "1.1"])
    #expect(outputs.map(\.output.shape) == [[2, 4], [2, 4], [2, 2]])
  }

  @Test func `tied layers add up their gradients`() {
    let shared = Linear(3, 3)
    let model = Sequential {
      shared; Tanh(); shared
    }
    #expect(model.parameters.map(\.path) == ["0.weight", "0.bias"])
    let x = Tensor(normal: [4, 3])
    let (_, _, gradients) = model.run(x, x)
    #expect(gradients.receivers.count == 2)
  }

  @Test func `validate reports all mismatches at once`() throws {
    let model = Sequential {
      Linear(784, 256)
      ReLU()
      Linear(128, 10)
    }
    #expect(try Sequential { Linear(4, 3) }.validate(input: [8, 4]) == [8, 3])
    let error = #expect(throws: ShapeError.self) { try model.validate(input: [64, 28, 28]) }
    #expect(
      error?.description == """
        0: Linear(784, 256) expects an input of shape […, 784], not [64, 28, 28]; put Flatten() before it
        2: Linear(128, 10) expects an input of shape […, 128], not [64, 28, 256]; \
        make its input size 256, or the last axis of what comes before 128
        """)
  }

  @Test func `a summary shows shapes, parameters and cached bytes`() throws {
    let model = Sequential {
      Linear(784, 256)
      ReLU()
      Linear(256, 10)
    }
    let summary = try model.summary(input: [64, 784])
    #expect(summary.parameterCount == 203_530)
    #expect(summary.cachedBytes == model.cachedBytes(for: [64, 784]))
    #expect(summary.rows.map(\.outputShape) == [[64, 256], [64, 256], [64, 10]])
    #expect(
      summary.description == """
           layer             output for [64, 784]  parameters  cached bytes
        ───────────────────────────────────────────────────────────────────
        0  Linear(784, 256)  [64, 256]                200,960       200,704
        1  ReLU()            [64, 256]                      0        65,536
        2  Linear(256, 10)   [64, 10]                   2,570             0
        ───────────────────────────────────────────────────────────────────
           total                                      203,530       266,240
        """)
  }
}
