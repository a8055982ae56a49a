import Strata
import Testing

/// Models of several inputs and outputs, and of parts that do not learn.
@Suite(.seeded) struct ModuleDiagnosisTests {
  private static func examples(_ count: Int) -> Examples<Pair<Tensor, Tensor>, Tensor> {
    let x = withSeed(2) { Pair(Tensor(normal: [count, 4]), Tensor(normal: [count, 4])) }
    return Examples(inputs: x, labels: (x.first * x.second).sum(along: 1, keepingAxis: true))
  }

  private static func model() -> Chain<Both<Sequential, Sequential>, Product> {
    withSeed(1) { Both(Sequential { Linear(4, 16) }, Sequential { Linear(4, 16) }).then(Product()) }
  }

  @Test func `a module that holds no other has a row, with the norms of all its tensors`() throws {
    let data = Self.examples(32)
    let flow = GradientFlow(of: Self.model(), at: data.inputs, data.labels, loss: MeanSquaredError())
    #expect(flow.layers.map(\.path) == ["0.0.0", "0.1.0", "1"])
    // dL/dx = (dL/dy ⊙ w, dL/dy ⊙ x) of y = Σ x ⊙ w.
    let product = try #require(flow.layers.last)
    let towers =
      flow.layers[0].gradientNorm * flow.layers[0].gradientNorm + flow.layers[1].gradientNorm
      * flow.layers[1].gradientNorm
    #expect(abs(product.gain! * product.gradientNorm / towers.squareRoot() - 1) < 1e-5)
    #expect(product.product == 1 && flow.flags.isEmpty)
  }

  @Test func `the norm of several outputs is that of all together`() {
    let model = Twice()
    let flow = GradientFlow(of: model, at: [[3], [0]], [[0], [0]], loss: SumOfSquares())
    #expect(abs(flow.layers[0].activationNorm - (9.0 + 36).squareRoot()) < 1e-6)
    #expect(flow.layers[0].gradientNorm == flow.outputGradientNorm)
  }

  @Test func `a container outside the package is no row of the table`() {
    let model = withSeed(1) {
      Outside(
        body: Sequential {
          Linear(3, 4); Outside(body: Sequential { Tanh() })
        })
    }
    let flow = GradientFlow(of: model, at: Tensor(normal: [8, 3]), Tensor(zeros: [8, 4]), loss: MeanSquaredError())
    #expect(flow.layers.map(\.path) == ["body.0", "body.1.body.0"])
    #expect(flow.layers.allSatisfy { $0.gradientNorm > 0 })
  }

  @Test func `a healthy model of two inputs raises no finding`() throws {
    let (train, validation) = Self.examples(1024).split(at: 768)
    let model = Self.model()
    let diagnosis = try diagnose(
      model, loss: MeanSquaredError(), optimizer: Adam(for: model, learningRate: 0.01), on: train,
      validation: validation, steps: 200, progress: .silent)
    #expect(diagnosis.findings.isEmpty, "\(diagnosis)")
    #expect(diagnosis.losses.last! < 0.1 * diagnosis.losses[0])
  }

  @Test func `a number that is not finite is found in the tensor where it is`() throws {
    var data = Self.examples(128)
    let (rows, broken) = (data.inputs.second, Tensor(repeating: .nan, shape: [1, 4]))
    let second = Tensor(concatenating: [rows[0..<5], broken, rows[6..<128]])
    data = Examples(inputs: Pair(data.inputs.first, second), labels: data.labels)
    let model = Self.model()
    let diagnosis = try diagnose(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.01), on: data, steps: 4,
      progress: .silent)
    #expect(diagnosis.findings.map(\.cause) == [.nonFiniteData])
    #expect(diagnosis.findings[0].evidence.hasPrefix("input 1 ["))
  }

  @Test func `an overflow inside a module of several inputs is found there`() throws {
    let data = Self.examples(64)
    let model = Self.model()
    for (_, parameter) in model.parameters { parameter.value *= 1e20 }
    let diagnosis = try diagnose(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.01), on: data, steps: 4,
      progress: .silent)
    #expect(diagnosis.findings.map(\.cause) == [.weightsTooLarge])
    #expect(diagnosis.findings[0].path == "1")
  }

  @Test func `a model whose features are frozen raises no finding, and their rows have no gradient`() throws {
    let x = withSeed(3) { Tensor(normal: [1024, 4]) }
    let labels = Tensor(labels: (0..<1024).map { x[$0][0].item > 0 ? 1 : 0 })
    let features = withSeed(4) {
      Sequential {
        Linear(4, 16); BatchNorm(16); ReLU(); Linear(16, 16); ReLU()
      }
    }
    let model = withSeed(5) {
      Sequential {
        Frozen { features }; Linear(16, 2)
      }
    }
    let (train, validation) = Dataset(inputs: x, labels: labels).split(at: 768)
    let diagnosis = try diagnose(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: 0.01), on: train,
      validation: validation, steps: 200, progress: .silent)
    #expect(diagnosis.findings.isEmpty, "\(diagnosis)")
    let flow = GradientFlow(
      of: model, at: x[0..<64], labels[0..<64], loss: SoftmaxCrossEntropy(),
      optimizer: Adam(for: model, learningRate: 0.001))
    #expect(flow.layers.count == 6 && flow.flags.isEmpty, "\(flow)")
    #expect(flow.layers.dropLast().allSatisfy { $0.gradientNorm.isNaN && $0.gain == nil })
    #expect(flow.layers[5].gradientNorm > 0)
    #expect(!"\(flow)".lowercased().contains("nan"))
  }

  @Test func `what learns below a frozen part by mistake is found`() throws {
    let x = withSeed(3) { Tensor(normal: [256, 4]) }
    let labels = Tensor(labels: (0..<256).map { x[$0][0].item > 0 ? 1 : 0 })
    let model = withSeed(5) {
      Sequential {
        Linear(4, 8);
        Frozen {
          Linear(8, 8); Tanh()
        }; Linear(8, 2)
      }
    }
    let diagnosis = try diagnose(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: 0.01),
      on: Dataset(inputs: x, labels: labels), steps: 20, progress: .silent)
    let finding = try #require(diagnosis.findings.first { $0.cause == .stoppedGradient })
    #expect(finding.path == "1")
  }
}

/// y = Σ x ⊙ w along the features.
private struct Product: Module {
  func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Pair<Tensor, Tensor>) {
    ((x.first * x.second).sum(along: 1, keepingAxis: true), x)
  }

  func backward(_ dy: Tensor, _ x: Pair<Tensor, Tensor>, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> {
    Pair(dy * x.second, dy * x.first)
  }
}

/// (x, 2x)
private struct Twice: Module {
  func forward(_ x: Tensor) -> (Pair<Tensor, Tensor>, Int) { (Pair(x, 2 * x), 0) }
  func backward(_ dy: Pair<Tensor, Tensor>, _ cache: Int, _ gradients: inout Gradients) -> Tensor {
    dy.first + 2 * dy.second
  }
}

/// ½ ‖y‖² of both outputs.
private struct SumOfSquares: Objective {
  func evaluate(_ y: Pair<Tensor, Tensor>, _ t: Tensor) -> (value: Double, gradient: Pair<Tensor, Tensor>) {
    (((y.first * y.first).sum().item + (y.second * y.second).sum().item) / 2, y)
  }
}

private struct Outside: Layer {
  let body: Sequential
  func forward(_ x: Tensor) -> (Tensor, any CacheBox) { forward(body, at: "body", x) }
  func backward(_ dy: Tensor, _ cache: any CacheBox, _ gradients: inout Gradients) -> Tensor {
    backward(body, at: "body", dy, cache, &gradients)
  }
  func outputShape(for input: Shape) throws -> Shape { try body.outputShape(for: input) }
}
