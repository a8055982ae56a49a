import StrataTensor
import Testing

@testable import StrataData

@Suite(.seeded) struct `A standardization` {
  private let labels = Tensor(labels: [Int](repeating: 0, count: 10))

  @Test(arguments: [DType.float32, .float64], [1, 3, 10, 100])
  func `has the mean and deviation of each channel, whatever the batches`(_ dtype: DType, _ batchSize: Int) throws {
    let scale = Tensor([1, 20, 0.01] as [Double], shape: [3, 1]).converted(to: dtype)
    let inputs = withSeed(1) { Tensor(normal: [10, 3, 7], dtype: dtype) } * scale + 100 * scale
    let standardization = try Standardization(
      fitting: Dataset(inputs: inputs, labels: labels), batchSize: batchSize)
    let channels = inputs.converted(to: .float64).transposed(0, 1).reshaped([3, 70])
    let (means, deviations) = (channels.mean(along: 1), channels.std(along: 1, correction: 0))
    for (a, b) in zip(standardization.mean, means.elements(as: Double.self)) { #expect(abs(a / b - 1) < 1e-13) }
    for (a, b) in zip(standardization.deviation, deviations.elements(as: Double.self)) {
      #expect(abs(a / b - 1) < 1e-10)
    }
    let outputs = standardization(inputs)
    #expect(
      outputs.dtype == dtype && abs(outputs.mean().item) < 2e-5 && abs(outputs.std(correction: 0).item - 1) < 2e-5)
    #expect((standardization.restored(outputs) - inputs).norm(.infinity).item < 1e-3)
  }

  @Test func `applies to training and evaluations, after what augments`() throws {
    let data = Dataset(inputs: Tensor([1, 3, 5, 5] as [Float], shape: [2, 2, 1, 1]), labels: Tensor(labels: [0, 1]))
    let standardization = try Standardization(fitting: data)
    #expect(standardization == Standardization(mean: [3, 4], deviation: [2, 1]))
    let source = data.augmented(with: [.custom { image, _ in image * 0 }]).standardized(by: standardization)
    for (epoch, expected) in [(nil, [-1, -1, 1, 1]), (0, [-1.5, -4, -1.5, -4])] as [(Int?, [Float])] {
      var stream = try source.batches(for: BatchRequest(batchSize: 2, epoch: epoch))
      #expect(stream.labels == data.labels)
      #expect(try stream.next()?.inputs.elements(as: Float.self) == expected)
    }
  }

  @Test func `divides by 1 where all values are the same, and refuses what has no number`() throws {
    let constant = Dataset(inputs: Tensor(repeating: 0.1, shape: [10, 2, 3]), labels: labels)
    let standardization = try Standardization(fitting: constant, batchSize: 3)
    #expect(standardization.deviation == [1, 1] && standardization.mean == [Double(Float(0.1)), Double(Float(0.1))])
    #expect(standardization(constant.inputs).norm(.infinity).item == 0)
    #expect(throws: StandardizationError.noExamples) { try Standardization(fitting: constant[0..<0]) }
    for bad in [Double.nan, .infinity] {
      var inputs = constant.inputs
      inputs[9, 1, 2] = bad
      #expect(throws: StandardizationError.notFinite(channel: 1)) {
        try Standardization(fitting: Dataset(inputs: inputs, labels: labels))
      }
    }
  }
}
