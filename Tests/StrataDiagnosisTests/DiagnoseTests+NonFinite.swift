import Strata
import StrataTensor
import Testing

extension DiagnoseTests {
  // MARK: NaN at the first step

  @Test func `weights too large overflow, and the layer and the element are named`() throws {
    let model = Self.classifier()
    for layer in [0, 2, 4] { scale((model.layers[layer] as! Linear).weight, by: 1e20) }
    let report = try diagnosis(model)
    #expect(report.findings.map(\.cause) == [.weightsTooLarge])
    #expect(report.findings[0].path == "2")
    #expect(report.findings[0].evidence.contains("element [0, "))
  }

  @Test func `an exponential that overflows is the weights' fault too`() throws {
    let model = Sequential {
      Linear(8, 4, initializer: .normal(standardDeviation: 300))
      Self.elementwise("exp", { exp($0) }, { exp($0) })
    }
    let report = try diagnose(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.01),
      on: Dataset(inputs: Self.clouds().inputs, labels: Tensor(zeros: [512, 4])))
    #expect(report.findings.map(\.cause) == [.weightsTooLarge])
    #expect(report.findings[0].path == "1")
  }

  @Test func `inputs too large are distinguished from weights too large`() throws {
    let data = Self.clouds()
    let large = Dataset(inputs: data.inputs * 1e25, labels: Tensor(zeros: [512, 4]))
    let model = Self.classifier()
    let report = try diagnose(
      model, loss: MeanSquaredError(), optimizer: Adam(for: model), on: large, batchSize: 32, steps: 10)
    #expect(report.findings.map(\.cause) == [.inputsTooLarge])
  }

  @Test func `the logarithm of 0 is named with its layer, element and input`() throws {
    let model = Sequential {
      Linear(8, 4)
      ReLU()
      Self.elementwise("log", { log($0) }, { 1 / $0 })
      Linear(4, 4)
    }
    let finding = try #require(try diagnosis(model).findings.first)
    #expect(finding.cause == .logarithmOfZero)
    #expect(finding.path == "2")
    #expect(finding.evidence.contains("is -inf, where its input is 0.0"))
  }

  @Test(arguments: [0, 1, 2])
  func `a division by 0 is named, of 1/x, of 0/0 in a row, and of a constant row`(_ kind: Int) throws {
    let quotient = [
      Self.elementwise("inverse", { 1 / $0 }, { -1 / ($0 * $0) }),
      // Shares of a row, some of which are all 0; and a row divided by its deviation, which is 0 for a constant row.
      Self.elementwise("shares", { $0 / $0.sum(along: -1, keepingAxis: true) }, { $0 }),
      Self.elementwise(
        "standardized",
        { x in
          let centered = x - x.mean(along: -1, keepingAxis: true)
          return centered / sqrt((centered * centered).mean(along: -1, keepingAxis: true))
        }, { $0 }),
    ][kind]
    var inputs = Self.clouds().inputs
    inputs[rows: 0..<40] = Tensor(zeros: [40, 8])
    let model = Sequential {
      quotient
      Linear(8, 4)
    }
    let finding = try #require(
      try diagnosis(model, data: Dataset(inputs: inputs, labels: Self.clouds().labels)).findings.first)
    #expect(finding.cause == .divisionByZero)
    #expect(finding.path == "0")
  }

  /// A loss that computes the negative logarithm of a class probability without protection against 0.
  struct CarelessLikelihood: Loss {
    func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
      let count = Double(output.shape[0])
      let hot = Tensor(
        target.elements(as: Int32.self).flatMap { label in (0..<4).map { $0 == label ? 1 : 0 as Float } },
        shape: target.shape.lengths[0] == 0 ? [0, 4] : [target.shape[0], 4]
      )
      .converted(to: output.dtype)
      let value = -((log(copy output) * hot).sum().item / count)
      return (value, -(hot / output) / count)
    }
  }

  @Test func `a loss that takes the logarithm of a probability of 0 is named`() throws {
    let model = Sequential {
      Linear(8, 4, initializer: .normal(standardDeviation: 200))
      Softmax()
    }
    let report = try diagnose(
      model, loss: CarelessLikelihood(), optimizer: SGD(for: model, learningRate: 0.01), on: Self.clouds())
    let finding = try #require(report.findings.first)
    #expect(finding.cause == .logarithmOfZero)
    #expect(finding.evidence.contains("CarelessLikelihood"))
  }

  @Test func `an input or a weight that is not finite is named`() throws {
    var data = Self.clouds()
    var inputs = data.inputs
    inputs[rows: 3..<4] = Tensor(repeating: .nan, shape: [1, 8])
    data = Dataset(inputs: inputs, labels: data.labels)
    #expect(try diagnosis(Self.classifier(), data: data).findings.map(\.cause) == [.nonFiniteData])
    let model = Self.classifier()
    scale((model.layers[2] as! Linear).weight, by: .infinity)
    let report = try diagnosis(model)
    #expect(report.findings.map(\.cause) == [.nonFiniteWeight])
    #expect(report.findings[0].path == "2.weight")
  }

  // MARK: NaN after many steps

  @Test func `NaN after many steps is reported with the spike of the gradient before it`() throws {
    let model = withSeed(3) {
      Sequential {
        Linear(8, 32)
        ReLU()
        Linear(32, 1)
      }
    }
    let data = Self.clouds()
    let targets = Dataset(inputs: data.inputs, labels: data.inputs.sum(along: 1).reshaped(to: [512, 1]))
    let report = try diagnose(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 0.5), on: targets, batchSize: 32)
    let finding = try #require(report.findings.first)
    #expect(finding.cause == .divergence)
    #expect(finding.evidence.contains("‖dL/dw‖ jumped from a median of"))
    #expect(finding.remedy.contains("clip"))
    #expect(report.losses.count < 200)
  }
}

extension Tensor {
  /// A mutable array of rows.
  fileprivate subscript(rows rows: Range<Int>) -> Tensor {
    get { self[rows] }
    set { self = Tensor(concatenating: [self[0..<rows.lowerBound], newValue, self[rows.upperBound..<shape[0]]]) }
  }
}
