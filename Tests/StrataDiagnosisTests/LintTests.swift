import Strata
import StrataTensor
import Testing

/// Each mistake is planted and must be found by name, at its place, alone.
@Suite(.seeded) struct LintTests {
  /// A mistake in a model.
  struct Plant: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let findings: @Sendable () throws -> [Finding]
    let cause: Finding.Cause
    let path: String?

    init<Model: Module, Goal: Objective>(
      _ name: String, _ cause: Finding.Cause, at path: String?, loss: Goal, on data: Examples<Model.Input, Goal.Target>,
      _ model: @escaping @Sendable () -> Model
    ) where Goal.Output == Model.Output {
      (testDescription, self.cause, self.path) = (name, cause, path)
      findings = { try lint(withSeed(1) { model() }, loss: loss, on: data).findings }
    }
  }

  static let rows = withSeed(2) { Tensor(normal: [24, 6]) }
  static let images = withSeed(3) { Tensor(normal: [8, 1, 8, 8]) }
  static let classes = Dataset(inputs: rows, labels: Tensor(labels: (0..<24).map { $0 % 3 }))
  static let pictures = Dataset(inputs: images, labels: Tensor(labels: (0..<8).map { $0 % 3 }))
  static let numbers = Dataset(inputs: rows, labels: withSeed(4) { Tensor(normal: [24, 2]) })
  static let binary = Dataset(
    inputs: rows, labels: Tensor((0..<24).map { Float($0 % 2) }, shape: [24, 1]))
  private static let crossEntropy = SoftmaxCrossEntropy()

  static func classifier(_ layers: [any Layer]) -> Sequential { Sequential([Linear(6, 8)] + layers + [Linear(8, 3)]) }

  static let plants: [Plant] = [
    // Outputs
    Plant("softmax before its loss", .softmaxTwice, at: "3", loss: crossEntropy, on: classes) {
      Sequential {
        Linear(6, 8); ReLU(); Linear(8, 3); Softmax()
      }
    },
    Plant("log-softmax before the loss", .softmaxTwice, at: "3", loss: crossEntropy, on: classes) {
      Sequential {
        Linear(6, 8); ReLU(); Linear(8, 3); LogSoftmax()
      }
    },
    Plant("softmax in a chain of modules", .softmaxTwice, at: "1", loss: crossEntropy, on: classes) {
      classifier([ReLU()]).then(Softmax())
    },
    Plant("softmax inside a user-defined container", .softmaxTwice, at: "body.1", loss: crossEntropy, on: classes) {
      Wrapped(
        body: Sequential {
          Linear(6, 3); Softmax()
        })
    },
    Plant("softmax written by hand", .softmaxTwice, at: nil, loss: crossEntropy, on: classes) {
      Sequential {
        Linear(6, 3)
        Lambda<Tensor>(
          "mine",
          forward: {
            let y = Softmax()($0); return (y, y)
          }
        ) { dy, y in
          y * (dy - (dy * y).sum(along: -1, keepingAxis: true))
        }
      }
    },
    Plant("sigmoid before its loss", .softmaxTwice, at: "1", loss: BinaryCrossEntropyWithLogits(), on: binary) {
      Sequential {
        Linear(6, 1); Sigmoid()
      }
    },
    Plant("ReLU on the logits", .activatedLogits, at: "3", loss: crossEntropy, on: classes) {
      Sequential {
        Linear(6, 8); Tanh(); Linear(8, 3); ReLU()
      }
    },
    Plant("tanh on the logits, reshaped", .activatedLogits, at: "1", loss: crossEntropy, on: classes) {
      Sequential {
        Linear(6, 3); Tanh(); Reshape([3])
      }
    },
    Plant("GELU on one logit", .activatedLogits, at: "1", loss: BinaryCrossEntropyWithLogits(), on: binary) {
      Sequential {
        Linear(6, 1); GELU()
      }
    },
    Plant("dropout on the outputs", .droppedOutputs, at: "3", loss: crossEntropy, on: classes) {
      Sequential {
        Linear(6, 8); ReLU(); Linear(8, 3); Dropout(0.2)
      }
    },
    Plant(
      "one class", .singleClass, at: nil, loss: crossEntropy,
      on: Dataset(inputs: rows, labels: Tensor(labels: Array(repeating: 0, count: 24)))
    ) { Linear(6, 1) },
    Plant("softmax over one unit in the middle", .singleClass, at: "1", loss: MeanSquaredError(), on: numbers) {
      Sequential {
        Linear(6, 1); Softmax(); Linear(1, 2)
      }
    },
    // Labels
    Plant(
      "labels from 1", .labelsDoNotFit, at: nil, loss: crossEntropy,
      on: Dataset(inputs: rows, labels: Tensor(labels: (0..<24).map { 1 + $0 % 3 }))
    ) { Linear(6, 3) },
    Plant(
      "targets [B] against outputs [B, 1]", .labelsDoNotFit, at: nil, loss: MeanSquaredError(),
      on: Dataset(inputs: rows, labels: rows[0..<24, 0..<1].reshaped(to: [24]))
    ) { Linear(6, 1) },
    Plant("classes for a regression", .labelsDoNotFit, at: nil, loss: MeanSquaredError(), on: classes) { Linear(6, 3) },
    Plant("targets beyond a sigmoid", .unreachableTargets, at: "1", loss: MeanSquaredError(), on: numbers) {
      Sequential {
        Linear(6, 2); Sigmoid()
      }
    },
    Plant("negative targets of a ReLU", .unreachableTargets, at: "1", loss: Huber(), on: numbers) {
      Sequential {
        Linear(6, 2); ReLU()
      }
    },
    Plant(
      "pixels to 255 from tanh", .unreachableTargets, at: "1", loss: MeanAbsoluteError(),
      on: Dataset(inputs: rows, labels: abs(rows) * 80)
    ) {
      Sequential {
        Linear(6, 6); Tanh()
      }
    },
    // Biases and dropout before BatchNorm
    Plant("a bias before BatchNorm", .biasBeforeNormalization, at: "0", loss: crossEntropy, on: classes) {
      classifier([BatchNorm(8), ReLU()])
    },
    Plant("a convolution's bias before BatchNorm", .biasBeforeNormalization, at: "0", loss: crossEntropy, on: pictures)
    {
      Sequential {
        Conv2D(1, 4, kernel: 3); BatchNorm(4); ReLU(); Flatten(); Linear(144, 3)
      }
    },
    Plant("a bias before BatchNorm past a Flatten", .biasBeforeNormalization, at: "0", loss: crossEntropy, on: pictures)
    {
      Sequential {
        Conv2D(1, 2, kernel: 3, stride: 2); Flatten(); BatchNorm(18); ReLU(); Linear(18, 3)
      }
    },
    Plant("a bias before BatchNorm in a branch", .biasBeforeNormalization, at: "1.0", loss: crossEntropy, on: classes) {
      Sequential {
        Linear(6, 8)
        Residual {
          Linear(8, 8); BatchNorm(8); ReLU()
        }
        Linear(8, 3)
      }
    },
    Plant("dropout before BatchNorm", .dropoutBeforeNormalization, at: "2", loss: crossEntropy, on: classes) {
      classifier([ReLU(), Dropout(0.5), BatchNorm(8)])
    },
    Plant("dropout before ReLU and BatchNorm", .dropoutBeforeNormalization, at: "1", loss: crossEntropy, on: classes) {
      classifier([Dropout(0.2), ReLU(), BatchNorm(8)])
    },
    Plant("dropout before a pool and BatchNorm", .dropoutBeforeNormalization, at: "2", loss: crossEntropy, on: pictures)
    {
      Sequential {
        Conv2D(1, 4, kernel: 3)
        ReLU()
        Dropout(0.3)
        MaxPool2D(kernel: 2)
        BatchNorm(4)
        Flatten()
        Linear(36, 3)
      }
    },
    // Activations
    Plant("no activation between linears", .missingActivation, at: "1", loss: crossEntropy, on: classes) {
      Sequential {
        Linear(6, 8); Linear(8, 3)
      }
    },
    Plant("dropout alone between linears", .missingActivation, at: "2", loss: crossEntropy, on: classes) {
      classifier([Dropout(0.5)])
    },
    Plant("BatchNorm alone between linears", .missingActivation, at: "2", loss: MeanSquaredError(), on: numbers) {
      Sequential {
        Linear(6, 8, bias: false); BatchNorm(8); Linear(8, 2)
      }
    },
    Plant("no activation between convolutions", .missingActivation, at: "1", loss: crossEntropy, on: pictures) {
      Sequential {
        Conv2D(1, 4, kernel: 3); Conv2D(4, 4, kernel: 3); ReLU(); Flatten(); Linear(64, 3)
      }
    },
    Plant("no activation after a convolution", .missingActivation, at: "2", loss: crossEntropy, on: pictures) {
      Sequential {
        Conv2D(1, 4, kernel: 3); Flatten(); Linear(144, 3)
      }
    },
    Plant("ReLU twice", .idleActivation, at: "2", loss: crossEntropy, on: classes) { classifier([ReLU(), ReLU()]) },
    Plant("ReLU after a sigmoid", .idleActivation, at: "2", loss: crossEntropy, on: classes) {
      classifier([Sigmoid(), ReLU()])
    },
    // Parts without effect
    Plant("a stopped gradient in the middle", .stoppedGradient, at: "2", loss: crossEntropy, on: classes) {
      classifier([ReLU(), StopGradient()])
    },
    Plant("what learns below a frozen part", .stoppedGradient, at: "1", loss: crossEntropy, on: classes) {
      Sequential {
        Linear(6, 8)
        Frozen {
          Linear(8, 8); Tanh()
        }
        Linear(8, 3)
      }
    },
    Plant("a layer that is never run", .deadBranch, at: "unused", loss: crossEntropy, on: classes) {
      Forgetful(body: classifier([ReLU()]), unused: Sequential { Linear(4, 4) })
    },
    Plant("a layer whose output nobody uses", .deadBranch, at: "second", loss: crossEntropy, on: classes) {
      Ignoring(first: Linear(6, 3), second: Linear(6, 3))
    },
    Plant("dead ReLUs in a branch", .deadUnits, at: "0.1.1", loss: crossEntropy, on: classes) {
      let dead = Linear(6, 8)
      dead.bias!.value = Tensor(repeating: -100, shape: [8])
      return Sequential {
        Parallel(join: .concatenate) {
          Linear(6, 8)
          Sequential {
            dead; ReLU()
          }
        }
        Tanh()
        Linear(16, 3)
      }
    },
    Plant("dropout of everything", .deadBranch, at: "2", loss: crossEntropy, on: classes) {
      classifier([ReLU(), Dropout(1)])
    },
    Plant("a function that is constant", .deadBranch, at: "1", loss: MeanSquaredError(), on: numbers) {
      Sequential {
        Linear(6, 2)
        Lambda<Tensor>("sign", forward: { (($0 .> 0) - ($0 .< 0), $0) }) { dy, x in 0 * dy }
      }
    },
    Plant("a parameter that nothing uses", .missingGradient, at: "0.weight", loss: MeanSquaredError(), on: numbers) {
      Sequential {
        Unscaled(); Linear(6, 2)
      }
    },
  ]

  @Test(arguments: plants) func `a mistake is named at its place`(_ plant: Plant) throws {
    let findings = try plant.findings()
    #expect(findings.map(\.cause) == [plant.cause], "\(findings)")
    #expect(findings.first?.path == plant.path)
    #expect(findings.allSatisfy { !$0.evidence.isEmpty && !$0.remedy.isEmpty })
  }

  @Test func `several mistakes are named together, those of the outputs first`() throws {
    let model = Sequential {
      Linear(6, 8)
      BatchNorm(8)
      ReLU()
      Dropout(0.5)
      BatchNorm(8)
      Linear(8, 3)
      Softmax()
    }
    let report = try lint(model, loss: SoftmaxCrossEntropy(), on: Self.classes)
    #expect(
      report.findings.map(\.cause) == [.softmaxTwice, .biasBeforeNormalization, .dropoutBeforeNormalization],
      "\(report)")
    #expect("\(report)".hasPrefix("1. softmax applied twice (6)\n    seen: the model ends in Softmax"))
    #expect("\(report)".contains("\n\n2. a bias before BatchNorm (0)"))
  }

  @Test func `the model is put back to the bit`() throws {
    let model = Self.classifier([BatchNorm(8), ReLU(), Dropout(0.5)])
    let before = model.state
    _ = try lint(model, loss: SoftmaxCrossEntropy(), on: Self.classes)
    for (path, tensor) in before { #expect(model.state[path]!.isIdentical(to: tensor), "\(path)") }
  }

  @Test func `double precision and a batch of two rows`() throws {
    let model = Self.classifier([BatchNorm(8), ReLU()])
    model.convert(to: .float64)
    let data = Dataset(inputs: Self.rows.converted(to: .float64), labels: Self.classes.labels)
    for rows in [2, 24, 1000] {
      let report = try lint(model, loss: SoftmaxCrossEntropy(), on: data, rows: rows)
      #expect(report.findings.map(\.cause) == [.biasBeforeNormalization], "\(report)")
    }
  }

  @Test func `inputs that do not fit throw`() {
    #expect(throws: ShapeError.self) { try lint(Linear(5, 3), loss: SoftmaxCrossEntropy(), on: Self.classes) }
  }
}

/// A container outside the package.
private struct Wrapped: Layer {
  let body: Sequential
  func forward(_ x: Tensor) -> (Tensor, any CacheBox) { forward(body, at: "body", x) }
  func backward(_ dy: Tensor, _ cache: any CacheBox, _ gradients: inout Gradients) -> Tensor {
    backward(body, at: "body", dy, cache, &gradients)
  }
  func outputShape(for input: Shape) throws -> Shape { try body.outputShape(for: input) }
}

/// Has a part that it does not run.
private struct Forgetful: Layer {
  let body: Sequential
  let unused: Sequential
  func forward(_ x: Tensor) -> (Tensor, any CacheBox) { forward(body, at: "body", x) }
  func backward(_ dy: Tensor, _ cache: any CacheBox, _ gradients: inout Gradients) -> Tensor {
    backward(body, at: "body", dy, cache, &gradients)
  }
  func outputShape(for input: Shape) throws -> Shape { try body.outputShape(for: input) }
}

/// Runs two layers and gives what the first gives.
private struct Ignoring: Layer {
  let first, second: Linear
  func forward(_ x: Tensor) -> (Tensor, any CacheBox) {
    _ = forward(second, at: "second", x)
    return forward(first, at: "first", x)
  }
  func backward(_ dy: Tensor, _ cache: any CacheBox, _ gradients: inout Gradients) -> Tensor {
    backward(first, at: "first", dy, cache, &gradients)
  }
  func outputShape(for input: Shape) throws -> Shape { try first.outputShape(for: input) }
}

/// Has a weight that it does not use.
private struct Unscaled: Layer {
  let weight = Parameter([1], initialValue: 1)
  func forward(_ x: Tensor) -> (Tensor, Int) { (2 * x, 0) }
  func backward(_ dy: Tensor, _ cache: Int, _ gradients: inout Gradients) -> Tensor { 2 * dy }
}
