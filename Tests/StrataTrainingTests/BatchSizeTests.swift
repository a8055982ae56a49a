import Strata
import StrataTensor
import Testing

@testable import StrataTraining

/// The planned batch size against the bytes that a step then takes.
@Suite(.seeded) struct BatchSizeTests {
  private func trainer(_ model: Sequential, microBatchSize: Int? = nil) -> Trainer<
    Sequential, SoftmaxCrossEntropy, Adam
  > {
    Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), microBatchSize: microBatchSize, progress: .silent
    )
  }

  private static let images = Dataset(
    inputs: withSeed(1) { Tensor(normal: [40, 1, 8, 8]) }, labels: Tensor(labels: (0..<40).map { $0 % 4 }))

  private func network() -> Sequential {
    withSeed(2) {
      Sequential {
        Conv2D(1, 4, kernel: 3, padding: 1)
        BatchNorm(4)
        ReLU()
        MaxPool2D(kernel: 2)
        Flatten()
        Linear(64, 4)
      }
    }
  }

  /// The most bytes above those before, in the second step of this many examples.
  private func bytes(_ rows: Int, _ trainer: Trainer<Sequential, SoftmaxCrossEntropy, Adam>) throws -> Int {
    var trainer = trainer
    let order = (0..<rows).map { $0 % 40 }
    for step in 0...1 {
      let meter = WorkMeter()
      let (x, labels) = (Self.images.inputs.gathered(rows: order), Self.images.labels.gathered(rows: order))
      try trainer.step(on: Dataset.Batch(inputs: x, labels: labels))
      let peak = meter.reading().peakBytes
      if step == 1 { return peak }
    }
    return 0
  }

  @Test(arguments: [400_000, 2_000_000]) func `a step of the size keeps to the limit, and a larger one does not`(
    _ limit: Int
  ) throws {
    let trainer = trainer(network())
    let plan = try trainer.findBatchSize(on: Self.images, within: limit)
    #expect(plan.bytes(of: plan.batchSize) <= limit && plan.bytes(of: plan.batchSize + 1) > limit)
    let taken = try bytes(plan.batchSize, trainer) + plan.heldBytes
    #expect(abs(taken - plan.bytes(of: plan.batchSize)) < limit / 50, "\(plan), \(taken)")
    #expect("\(plan)".hasPrefix("\(plan.batchSize) examples: "))
  }

  @Test func `in micro-batches more fit`() throws {
    let limit = 400_000
    let whole = try trainer(network()).findBatchSize(on: Self.images, within: limit)
    let parts = try trainer(network(), microBatchSize: 4).findBatchSize(on: Self.images, within: limit)
    #expect(parts.batchSize > 3 * whole.batchSize)
  }

  @Test func `the maximum is kept, and where nothing fits that is thrown`() throws {
    let trainer = trainer(network())
    #expect(try trainer.findBatchSize(on: Self.images, within: 1 << 30, maximum: 100).batchSize == 100)
    #expect {
      try trainer.findBatchSize(on: Self.images, within: 5000)
    } throws: { error in
      let error = error as? BatchSizeError
      return error?.limit == 5000 && error!.leastPossible > 5000 && "\(error!)".contains("a step of one example takes")
    }
  }
}
