import Strata
import StrataTensor
import Testing

/// Whether one batch can be learnt, and what is said where it cannot.
@Suite(.seeded) struct OverfitTests {
  private let batch = withSeed(1) {
    Dataset.Batch(inputs: Tensor(normal: [16, 4]), labels: Tensor(labels: (0..<16).map { $0 * 5 % 3 }))
  }

  private func check<Rule: Optimizer>(
    _ model: Sequential, steps: Int = 300, _ optimizer: (Sequential) -> Rule
  ) throws -> OverfitCheck {
    try Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: optimizer(model), progress: .silent)
      .overfit(oneBatch: batch, steps: steps)
  }

  private func model() -> Sequential {
    withSeed(2) {
      Sequential {
        Linear(4, 64); ReLU(); Linear(64, 3)
      }
    }
  }

  @Test func `a sound model learns random labels by heart`() throws {
    let check = try check(model()) { Adam(for: $0, learningRate: 0.05) }
    #expect(check.isPassed && check.remedy == nil && check.losses.count < 300, "\(check)")
    #expect("\(check)".hasPrefix("one batch can be learnt\n    seen: the loss on one batch goes from "))
  }

  @Test func `a regression passes by its loss`() throws {
    let check = try Line.trainer().overfit(oneBatch: Line.data.batches(of: 5)[0])
    #expect(
      check.isPassed && check.accuracy == nil && check.losses.suffix(5).allSatisfy { $0 <= 0.1 * check.losses[0] })
  }

  @Test func `nothing that moves, and a rate that is too high or too low, have their remedies`() throws {
    let still = try check(model(), steps: 10) { SGD(for: $0, learningRate: 0) }
    #expect(!still.isPassed && still.remedy!.contains("no parameter that counts moves"))
    let slow = try check(model(), steps: 10) { SGD(for: $0, learningRate: 1e-5) }
    #expect(!slow.isPassed && slow.remedy!.contains("the rate is too small"))
    let short = try check(model(), steps: 20) { Adam(for: $0, learningRate: 0.01) }
    #expect(!short.isPassed && short.remedy!.hasPrefix("more steps or another rate"))
    let wild = try check(model()) { SGD(for: $0, learningRate: 1e9) }
    #expect(!wild.isPassed && wild.remedy!.contains("lower the learning rate"))
  }

  @Test func `a gradient that is not finite ends it with the reason`() throws {
    let model = model()
    model.parameters[0].parameter.value = Tensor(repeating: 3e38, shape: [4, 64])
    let check = try check(model) { SGD(for: $0, learningRate: 1) }
    #expect(check.failure != nil && !check.isPassed && check.evidence.hasPrefix("step 1: the gradient of"))
    #expect(model.parameters[0].parameter.value.max().item == Double(Float(3e38)))
  }
}
