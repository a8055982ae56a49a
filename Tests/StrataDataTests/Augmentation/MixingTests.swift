import StrataTensor
import Testing

@testable import StrataData

/// Eight images, of which image n has the number n in all pixels and label n.
private let numbered = Dataset(
  inputs: Tensor((0..<8).map { Float($0) }, shape: [8, 1, 1, 1]).broadcast(to: [8, 2, 6, 5]),
  labels: Tensor(labels: Array(0..<8)))

private func batch(
  _ mixings: [Mixing], of data: Dataset = numbered, probability: Double = 1, epoch: Int? = 0, seed: UInt64 = 1,
  order: UInt64 = 3, batchSize: Int = 8
) throws -> Dataset.Batch {
  let source = data.mixed(by: mixings, classes: 8, probability: probability, seed: seed)
  var stream = try source.batches(for: BatchRequest(batchSize: batchSize, epoch: epoch, seed: order))
  return try #require(try stream.next())
}

@Suite(.seeded) struct `Mixed examples` {
  @Test(arguments: [[Mixing.mixUp(alpha: 1)], [.cutMix()], [.mixUp(), .cutMix()]])
  func `have labels in the parts of their inputs, which sum to 1`(_ mixings: [Mixing]) throws {
    for epoch in 0..<20 {
      let batch = try batch(mixings, epoch: epoch)
      #expect(batch.labels.shape == [8, 8] && batch.labels.dtype == .float32)
      #expect((batch.labels.sum(along: 1) - 1).norm(.infinity).item < 1e-6)
      // Σ n · y_n is the mean of the pixels, for λ and for areas alike.
      let means = batch.inputs.reshaped([8, -1]).mean(along: 1)
      let expected = (batch.labels * Tensor((0..<8).map { Float($0) })).sum(along: 1)
      #expect((means - expected).norm(.infinity).item < 1e-5)
      #expect((0..<8).contains { (batch.labels[$0, batch.indices[$0]] as Double) < 1 })
      // None is the other one of two.
      let others = (0..<8).flatMap { place in
        (0..<8).filter { $0 != batch.indices[place] && (batch.labels[place, $0] as Double) > 0 }
      }
      #expect(Set(others).count == others.count)
    }
  }

  @Test func `of an image and a rectangle of another`() throws {
    for epoch in 0..<20 {
      let batch = try batch([.cutMix()], epoch: epoch)
      for place in 0..<8 {
        let (image, own) = (batch.inputs[place], Float(batch.indices[place]))
        #expect(image[0].isIdentical(to: image[1]))
        let other = (image[0] .!= Double(own)).converted(to: .float32)
        #expect(Set(image.elements(as: Float.self)).count <= 2)
        #expect(other.max(along: 0).sum().item * other.max(along: 1).sum().item == other.sum().item)
      }
    }
  }

  @Test func `follow from the rows of the batch, whatever their order`() throws {
    let mixings: [Mixing] = [.mixUp(alpha: 0.4), .cutMix()]
    func byRow(_ batch: Dataset.Batch) -> [Int: [Tensor]] {
      Dictionary(
        uniqueKeysWithValues: batch.indices.enumerated().map { ($1, [batch.inputs[$0], batch.labels[$0]]) })
    }
    let first = byRow(try batch(mixings))
    #expect(try byRow(batch(mixings, order: 4)) == first)
    #expect(try withWorkers(1) { byRow(try batch(mixings)) } == first)
    #expect(try byRow(batch(mixings, epoch: 1)) != first)
    #expect(try byRow(batch(mixings, seed: 2)) != first)
  }

  @Test func `stay themselves alone, in an evaluation, without a way to mix, and by chance`() throws {
    let alone = try batch([.mixUp(alpha: 1)], batchSize: 1)
    #expect(alone.inputs == numbered.inputs.gathered(rows: alone.indices))
    #expect(alone.labels == Tensor(oneHot: numbered.labels.gathered(rows: alone.indices), classes: 8))
    let evaluated = try batch([.cutMix()], epoch: nil)
    #expect(evaluated.inputs == numbered.inputs && evaluated.labels == numbered.labels)
    let unmixed = try batch([])
    #expect(unmixed.labels.dtype == .int32 && unmixed.inputs == numbered.inputs.gathered(rows: unmixed.indices))
    let chance = try (0..<50).map { try batch([.mixUp(alpha: 1)], probability: 0.25, epoch: $0) }
    let changes = chance.flatMap { batch in (0..<8).filter { (batch.labels[$0, batch.indices[$0]] as Double) < 1 } }
    #expect(60...140 ~= changes.count)
  }

  @Test func `take labels that are probabilities`() throws {
    let soft = Dataset(
      inputs: numbered.inputs.converted(to: .float64), labels: Tensor(eye: 8, dtype: .float64))
    let (a, b) = (try batch([.cutMix()], of: soft), try batch([.cutMix()]))
    #expect(a.labels.dtype == .float64 && a.labels.converted(to: .float32) == b.labels)
  }

  @Test(arguments: [0.2, 0.5, 1, 4.0]) func `weights have the mean and variance of Beta(a, a)`(_ a: Double) {
    var generator = RandomGenerator(seed: 9)
    let draws = (0..<20_000).map { _ in generator.nextBeta(a) }
    #expect(draws.allSatisfy { 0...1 ~= $0 })
    let mean = draws.reduce(0, +) / 20_000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean - 0.5) < 0.012)
    #expect(abs(variance * 4 * (2 * a + 1) - 1) < 0.03)
    // The fourth moment about ½ is 3 / (16 (2a + 1) (2a + 3)).
    let fourth = draws.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) * ($1 - 0.5) * ($1 - 0.5) } / 20_000
    #expect(abs(fourth * 16 * (2 * a + 1) * (2 * a + 3) / 3 - 1) < 0.08)
  }
}
