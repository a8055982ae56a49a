import Strata
import StrataTensor
import Testing

extension DiagnoseTests {
  // MARK: Data, rate, scale

  @Test func `the same batch again and again is found by its hash`() throws {
    let model = Self.classifier()
    let batch = Self.clouds().batches(of: 32)[0]
    let adam = Adam(for: model, learningRate: 3e-3)
    let report = try diagnose(model, loss: SoftmaxCrossEntropy(), optimizer: adam, steps: 30) { _ in
      (batch.inputs, batch.labels)
    }
    #expect(report.findings.map(\.cause) == [.repeatedBatch])
    let batches = Self.clouds().batches(of: 32)
    let healthy = try diagnose(model, loss: SoftmaxCrossEntropy(), optimizer: adam, steps: 30) { step in
      (batches[step % batches.count].inputs, batches[step % batches.count].labels)
    }
    #expect(healthy.findings.isEmpty)
  }

  @Test func `a data set that repeats a few examples is found`() throws {
    let few = Self.clouds(16)
    let data = Dataset(
      inputs: Tensor(concatenating: Array(repeating: few.inputs, count: 10)),
      labels: Tensor(concatenating: Array(repeating: few.labels, count: 10)))
    #expect(try diagnosis(Self.classifier(), data: data).findings.map(\.cause) == [.repeatedBatch])
  }

  @Test(arguments: [0, 1e-9, 1e-6])
  func `a rate too small to move is found`(_ rate: Double) throws {
    let findings = try diagnosis(Self.classifier(), rate: rate).findings
    #expect(findings.map(\.cause) == [.rateTooSmall])
  }

  @Test func `a weight a ten-thousandth of its scale is a bad initialization, and is named`() throws {
    let model = Self.classifier()
    scale((model.layers[2] as! Linear).weight, by: 1e-4)
    let findings = try diagnosis(model).findings
    #expect(findings.map(\.cause) == [.badInitialization])
    #expect(findings[0].path == "2.weight")
  }

  @Test func `a skip connection that shorts a stack is found`() throws {
    let model = withSeed(2) {
      Sequential {
        Linear(8, 16)
        Residual {
          Linear(16, 16)
          ReLU()
          Linear(16, 16)
          Self.elementwise("tenthousandth", { 1e-4 * $0 }, { _ in Tensor([1e-4] as [Float]) })
        }
        Linear(16, 4)
      }
    }
    let findings = try diagnosis(model).findings
    #expect(findings.map(\.cause) == [.shortedStack])
    #expect(findings[0].path == "1")
  }

  @Test func `a branch of which one weight is tiny is shorted, and the weight is named`() throws {
    let model = withSeed(2) {
      Sequential {
        Linear(8, 16)
        Residual {
          Linear(16, 16)
          ReLU()
          Linear(16, 16, initializer: .normal(standardDeviation: 1e-5))
        }
        Linear(16, 4)
      }
    }
    let findings = try diagnosis(model).findings
    #expect(findings.map(\.cause) == [.shortedStack, .badInitialization])
    #expect(findings.map(\.path) == ["1", "1.2.weight"])
  }

  @Test func `a stack beside which a shortcut learns alone is found though the loss falls`() throws {
    let model = withSeed(2) {
      Parallel(join: .sum) {
        Linear(8, 4)
        Sequential {
          Linear(8, 16)
          for _ in 0..<10 {
            Sigmoid()
            Linear(16, 16, initializer: .xavierUniform)
          }
          Linear(16, 4)
        }
      }
    }
    let findings = try diagnosis(model).findings
    #expect(findings.map(\.cause) == [.shortedStack, .vanishingGradient])
    #expect(findings.map(\.path) == ["1", "1.0"])
  }

  @Test func `a learnt scale near 0 is a fault only if training does not move it`() throws {
    for (factor, causes) in [(1.0, []), (0, [Finding.Cause.shortedStack])] {
      let model = withSeed(2) {
        Sequential {
          Linear(8, 16)
          Residual(scale: Parameter([1], initialValue: 1e-5)) {
            Linear(16, 16)
            ReLU()
            Linear(16, 16)
          }
          Linear(16, 4)
        }
      }
      let adam = Adam(for: model, learningRate: 3e-3, groups: [ParameterGroup("1.scale", rateFactor: factor)])
      let report = try diagnose(
        model, loss: SoftmaxCrossEntropy(), optimizer: adam, on: Self.clouds(), batchSize: 32, steps: 60)
      #expect(report.findings.map(\.cause) == causes)
    }
  }

  @Test func `a gradient that vanishes or explodes over the layers is found`() throws {
    // A gain of about deviation · √32 / √2 per layer: 0.04⁷ and 8⁷ for seven layers.
    for (deviation, cause) in [(0.01, Finding.Cause.vanishingGradient), (2, .explodingGradient)] {
      let model = withSeed(2) {
        Sequential {
          for _ in 0..<7 {
            Linear(32, 32, initializer: .normal(standardDeviation: deviation))
            ReLU()
          }
          Linear(32, 1)
        }
      }
      let x = withSeed(3) { Tensor(normal: [256, 32]) }
      let report = try diagnose(
        model, loss: MeanSquaredError(), optimizer: Adam(for: model),
        on: Dataset(inputs: x, labels: x.sum(along: 1, keepingAxis: true)), batchSize: 32, steps: 20)
      #expect(report.findings.first?.cause == cause)
      #expect(report.findings.first?.path == "0")
    }
  }

  @Test func `BatchNorm on batches of two passes no gradient, and larger ones are advised`() throws {
    let model = withSeed(2) {
      Sequential {
        Linear(8, 16)
        for _ in 0..<4 {
          BatchNorm(16)
          Tanh()
          Linear(16, 16)
        }
        Linear(16, 4)
      }
    }
    let report = try diagnose(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), on: Self.clouds(), batchSize: 2, steps: 40,
      seed: 0)
    #expect(report.findings.map(\.cause) == [.vanishingGradient])
    #expect(report.findings.first?.remedy.contains("larger batches") == true)
  }

  @Test func `a loss far above ln K at the start is found`() throws {
    let model = Self.classifier()
    scale((model.layers[4] as! Linear).weight, by: 30)
    let findings = try diagnosis(model).findings
    #expect(findings.map(\.cause) == [.startingLossTooHigh])
    #expect(findings[0].evidence.contains("1.3863"))  // ln 4
  }

  @Test func `the loss that an architecture adds to ln K is not a fault, up to fifty times ln K`() throws {
    func model(_ blocks: Int) -> Sequential {
      withSeed(1) {
        Sequential {
          Linear(8, 32)
          for _ in 0..<blocks {
            Residual {
              Linear(32, 32)
              ReLU()
              Linear(32, 32)
            }
          }
          Linear(32, 4)
        }
      }
    }
    // Each block multiplies the variance by three: √3³ = 5 for three blocks, √3⁸ = 81 for eight.
    #expect(try diagnosis(model(3)).findings.isEmpty)
    #expect(try diagnosis(model(8)).findings.map(\.cause).contains(.startingLossTooHigh))
  }

  /// A softmax of another type.
  private static let hiddenSoftmax = Lambda(
    "probabilities", forward: { x in Softmax().forward(x) },
    backward: { dy, cache in
      var gradients = Gradients()
      return Softmax().backward(dy, cache, &gradients)
    })

  @Test func `softmax applied twice is found, by type and by its numbers`() throws {
    for last in [Softmax(), Self.hiddenSoftmax] as [any Layer] {
      let model = Sequential(Self.classifier().layers + [last])
      #expect(try diagnosis(model).findings.map(\.cause) == [.softmaxTwice])
    }
  }

  @Test func `a hidden sigmoid before a loss that takes logits is found by its outputs`() throws {
    let data = Self.clouds()
    let targets = (data.labels.converted(to: .float32) .> 1).reshaped(to: [512, 1])
    let model = withSeed(2) {
      Sequential {
        Linear(8, 32)
        ReLU()
        Linear(32, 1)
        Self.elementwise("probability", { sigmoid($0) }, { sigmoid($0) * (1 - sigmoid($0)) })
      }
    }
    let report = try diagnose(
      model, loss: BinaryCrossEntropyWithLogits(), optimizer: Adam(for: model, learningRate: 1e-2),
      on: Dataset(inputs: data.inputs, labels: targets), batchSize: 32, steps: 60)
    #expect(report.findings.map(\.cause) == [.softmaxTwice])
  }

  @Test func `a loss that has grown without end is a divergence before it is NaN`() throws {
    let data = Self.clouds()
    let model = withSeed(3) { Linear(8, 1) }
    let report = try diagnose(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.2),
      on: Dataset(inputs: data.inputs, labels: data.inputs.sum(along: 1, keepingAxis: true)), batchSize: 32, steps: 30)
    #expect(report.findings.map(\.cause) == [.divergence])
    #expect(report.losses.count == 30)
  }

  @Test func `ReLUs that die in training are found after it`() throws {
    let model = Self.classifier()
    let report = try diagnose(
      model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 2), on: Self.clouds(), batchSize: 32,
      steps: 60)
    #expect(report.findings.map(\.cause).contains(.deadUnits))
    #expect(report.findings.contains { $0.evidence.contains("after 60 steps") })
  }
}
