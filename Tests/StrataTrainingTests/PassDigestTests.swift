import Strata
import StrataTensor
import Testing

@testable import StrataTraining

/// Digests that the optimizer's pass makes with the new values.
@Suite(.seeded) struct PassDigestTests {
  private static func step(_ model: Sequential, _ optimizer: some Optimizer, _ count: Int = 3) throws {
    var trainer = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: optimizer, progress: .silent)
    let (x, labels) = (Tensor(normal: [8, 300]), Tensor(labels: (0..<8).map { $0 % 5 }))
    for _ in 0..<count {
      for (path, parameter) in model.parameters {
        #expect(parameter.box.digest == parameter.value.digest, "\(type(of: optimizer)): \(path)")
      }
      try trainer.step(on: Dataset.Batch(inputs: x.converted(to: model.parameters[0].parameter.dtype), labels: labels))
    }
  }

  private static func model() -> Sequential {
    withSeed(3) {
      Sequential {
        Linear(300, 130); ReLU(); Linear(130, 5)
      }
    }
  }

  @Test(arguments: OptimizerStateTests.optimizers.map(\.name))
  func `the digest after any optimizer's step is that of the values`(_ name: String) throws {
    let model = Self.model()
    let make = OptimizerStateTests.optimizers.first { $0.name == name }!.make
    try Self.step(model, make(model))
  }

  @Test func `limits, frozen parts, precisions and workers`() throws {
    for workers in [1, 3] {
      try withWorkers(workers) {
        let (model, wide) = (Self.model(), Self.model())
        let limit = ParameterGroup("*.weight", weightLimit: .value(0.01))
        try Self.step(model, SGD(for: model, learningRate: 0.1, groups: [.frozen("2.*"), limit]))
        wide.convert(to: .float64)
        try Self.step(wide, SAM(Adam(for: wide)))
      }
    }
  }

  @Test func `one pass over a tensor makes its digest, in parts, and two or one over another do not`() {
    let (gradient, digest) = (Tensor(normal: [70_001]), PassDigest())
    let model = Sequential { Linear(2, 2) }
    let (rule, step) = (SGD(for: model, learningRate: 0.1), UpdateStep(number: 1, learningRate: 0.1))
    for workers in [1, 3] {
      withWorkers(workers) {
        PassDigest.scope.with(digest) {
          var (value, state, other) = (Tensor(normal: [70_001]), SGD.State(), Tensor(normal: [70_001]))
          rule.update(&value, along: gradient, &state, step)
          #expect(digest.take(of: value) == value.digest && digest.take(of: value) == nil)
          rule.update(&value, along: gradient, &state, step)
          rule.update(&value, along: gradient, &state, step)
          #expect(digest.take(of: value) == nil)
          rule.update(&other, along: gradient, &state, step)
          #expect(digest.take(of: value) == nil)
        }
      }
    }
  }

  @Test func `a change makes the digest only where it was asked for since the one before`() {
    let parameter = Parameter([3], initialValue: 1)
    #expect(!parameter.box.isDigestWanted)
    _ = parameter.box.digest
    #expect(parameter.box.isDigestWanted)
    parameter.value = [1, 2, 3]
    #expect(!parameter.box.isDigestWanted && parameter.box.digest == parameter.value.digest)
  }
}
