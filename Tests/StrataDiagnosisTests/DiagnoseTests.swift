import Strata
import StrataTensor
import Testing

/// Each cause is planted and must be found by name.
@Suite(.seeded) struct DiagnoseTests {
  /// Gaussian clouds around one center per class, which are easy to learn.
  static func clouds(_ count: Int = 512, features: Int = 8, classes: Int = 4, seed: UInt64 = 1) -> Dataset {
    withSeed(seed) {
      let centers = Tensor(normal: [classes, features], standardDeviation: 1.5)
      let labels = (0..<count).map { $0 * 7 % classes }
      return Dataset(
        inputs: centers.gathered(rows: labels) + Tensor(normal: [count, features], standardDeviation: 0.6),
        labels: Tensor(labels: labels))
    }
  }

  static func classifier(_ features: Int = 8, classes: Int = 4, seed: UInt64 = 2) -> Sequential {
    withSeed(seed) {
      Sequential {
        Linear(features, 32)
        ReLU()
        Linear(32, 32)
        ReLU()
        Linear(32, classes)
      }
    }
  }

  func diagnosis(
    _ model: some Layer, rate: Double = 3e-3, data: Dataset = clouds(), steps: Int = 60
  ) throws -> Diagnosis {
    try diagnose(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: rate), on: data, batchSize: 32,
      steps: steps)
  }

  func scale(_ parameter: Parameter, by factor: Double) { parameter.value = parameter.value * factor }

  /// A layer of an elementwise function and its derivative.
  static func elementwise(
    _ name: String, _ f: @escaping @Sendable (Tensor) -> Tensor, _ slope: @escaping @Sendable (Tensor) -> Tensor
  ) -> Lambda<Tensor> {
    Lambda(name, forward: { (f($0), $0) }, backward: { dy, x in dy * slope(x) })
  }

  // MARK: Gradients that are exactly zero

  @Test func `dead ReLUs are found`() throws {
    let model = Self.classifier()
    (model.layers[2] as! Linear).bias!.value = Tensor(repeating: -100, shape: [32])
    let findings = try diagnosis(model).findings
    #expect(findings.map(\.cause) == [.deadUnits])
    #expect(findings[0].path == "3")
    #expect(findings[0].evidence.contains("32 of 32 units"))
  }

  @Test func `a saturated softmax is found`() throws {
    let model = withSeed(4) {
      Sequential {
        Linear(8, 4, initializer: .normal(standardDeviation: 500))
        Softmax()
        Linear(4, 4)
      }
    }
    let findings = try diagnosis(model).findings
    #expect(findings.map(\.cause) == [.saturatedSoftmax])
    #expect(findings[0].path == "1")
  }

  @Test func `saturated sigmoids are found`() throws {
    let model = withSeed(4) {
      Sequential {
        Linear(8, 8, initializer: .normal(standardDeviation: 1000))
        Sigmoid()
        Linear(8, 4)
      }
    }
    #expect(try diagnosis(model).findings.map(\.cause) == [.saturatedUnits])
  }

  @Test func `a frozen parameter is found`() throws {
    let model = Self.classifier()
    let report = try diagnose(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, groups: [.frozen("2.weight")]),
      on: Self.clouds(), steps: 40)
    #expect(report.findings.map(\.cause) == [.frozenParameter])
    #expect(report.findings[0].path == "2.weight")
  }

  @Test func `a StopGradient in the middle is found`() throws {
    let model = withSeed(2) {
      Sequential {
        Linear(8, 32)
        ReLU()
        StopGradient()
        Linear(32, 4)
      }
    }
    let findings = try diagnosis(model).findings
    #expect(findings.map(\.cause) == [.stoppedGradient])
    #expect(findings[0].path == "2")
  }

  @Test func `a backward that returns zeros is found, whatever the layer is called`() throws {
    let model = withSeed(2) {
      Sequential {
        Linear(8, 16)
        Self.elementwise("square", { 0.1 * $0 * $0 }, { 0 * $0 })
        Linear(16, 4)
      }
    }
    let findings = try diagnosis(model).findings
    #expect(findings.map(\.cause) == [.stoppedGradient])
    #expect(findings[0].path == "1")
  }

  /// A layer that does not add the gradient of its scale.
  struct Forgetful: Layer {
    let scale = Parameter([1], initialValue: 1)
    func forward(_ x: Tensor) -> (Tensor, Tensor) { (x * scale.value, scale.value) }
    func backward(_ dy: Tensor, _ scale: Tensor, _ gradients: inout Gradients) -> Tensor { dy * scale }
  }

  @Test func `a parameter that no gradient arrives at is found`() throws {
    let model = withSeed(2) {
      Sequential {
        Linear(8, 16)
        Forgetful()
        Linear(16, 4)
      }
    }
    let findings = try diagnosis(model).findings
    #expect(findings.map(\.cause) == [.missingGradient])
    #expect(findings[0].path == "1.scale")
  }

  // MARK: Training falls, validation does not

  @Test func `overfitting is found`() throws {
    let noise = withSeed(5) {
      Dataset(inputs: Tensor(normal: [64, 8]), labels: Tensor(labels: (0..<64).map { $0 * 5 % 4 }))
    }
    let model = withSeed(2) {
      Sequential {
        Linear(8, 128)
        ReLU()
        Linear(128, 4)
      }
    }
    let report = try diagnose(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: 1e-2), on: noise[0..<32],
      validation: noise[32..<64], batchSize: 16, steps: 200)
    #expect(report.findings.map(\.cause) == [.overfitting])
  }

  @Test func `running statistics that lag behind are distinguished from overfitting`() throws {
    func model(momentum: Double) -> Sequential {
      withSeed(2) {
        Sequential {
          Linear(8, 32)
          BatchNorm(32, momentum: momentum)
          ReLU()
          Linear(32, 4)
        }
      }
    }
    let data = Self.clouds(640)
    let far = Dataset(inputs: 5 * data.inputs + 20, labels: data.labels)
    for (momentum, causes) in [(1e-4, [Finding.Cause.staleBatchStatistics]), (0.1, [])] {
      let model = model(momentum: momentum)
      let report = try diagnose(
        model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: 1e-2), on: far[0..<512],
        validation: far[512..<640], batchSize: 32, steps: 100)
      #expect(report.findings.map(\.cause) == causes)
    }
  }

  // MARK: Restored state

  @Test func `the model is left as it was, and so is its optimizer`() throws {
    let model = withSeed(2) {
      Sequential {
        Linear(8, 16)
        BatchNorm(16)
        Dropout(0.3)
        ReLU()
        Linear(16, 4)
      }
    }
    let adam = Adam(for: model)
    let (state, memory) = (model.state, adam.state)
    let report = try diagnose(
      model, loss: SoftmaxCrossEntropy(), optimizer: adam, on: Self.clouds(), validation: Self.clouds(64), steps: 20)
    #expect(report.losses.count == 20 && report.validationLosses.count == 11)
    #expect(model.state.allSatisfy { $1.isIdentical(to: state[$0]!) })
    #expect(adam.state.allSatisfy { $1.isIdentical(to: memory[$0]!) })
    #expect(adam.stepsDone == 0)
  }

  @Test func `examples that do not fit are refused`() throws {
    #expect(throws: ShapeError.self) { try diagnosis(Self.classifier(9)) }
  }

  @Test func `a report has cause, evidence and remedy`() throws {
    let model = Sequential(Self.classifier().layers + [Softmax()])
    let text = try diagnosis(model, steps: 5).description
    for part in ["1. softmax applied twice (5)", "seen: the model ends in Softmax()", "do:   remove", "5 steps: loss"] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(try diagnosis(Self.classifier(), steps: 20).description.hasPrefix("nothing found"))
  }
}
