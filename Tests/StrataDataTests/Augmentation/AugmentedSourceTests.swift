import StrataTensor
import Testing

@testable import StrataData

private let images = Dataset(
  inputs: withSeed(1) { Tensor(uniform: [11, 2, 6, 5]) }, labels: Tensor(labels: (0..<11).map { $0 % 3 }))

private let all: [Augmentation] = [
  .horizontalFlip(), .crop(padding: 1), .rotation(degrees: 20), .brightness(0.2), .noise(0.1), .shift(0.5),
  .scale(0.8...1.2), .contrast(0.3), .erasing(), .custom { $0 * $1.nextUniform() }.with(probability: 0.5),
]

/// Returns the inputs of a pass by the row in the data.
private func rows(
  _ source: some BatchSource<Tensor, Tensor>, batchSize: Int = 4, epoch: Int? = 0, seed: UInt64 = 3, skipping: Int = 0
) throws -> [Int: Tensor] {
  var stream = try source.batches(for: BatchRequest(batchSize: batchSize, epoch: epoch, seed: seed))
  try stream.skip(skipping)
  var rows: [Int: Tensor] = [:]
  while let batch = try stream.next() {
    for (place, row) in batch.indices.enumerated() { rows[row] = batch.inputs[place] }
  }
  return rows
}

@Suite(.seeded) struct `An augmented source` {
  @Test func `makes the same of a row in any batch, in any order, on any number of workers`() throws {
    let source = images.augmented(with: all, seed: 7)
    let expected = try rows(source)
    #expect(expected.count == 11 && expected.allSatisfy { !$1.isIdentical(to: images.inputs[$0]) })
    for batchSize in [1, 3, 11, 20] { #expect(try rows(source, batchSize: batchSize) == expected) }
    #expect(try rows(source, seed: 4) == expected)  // another order
    #expect(try rows(source.prefetched()) == expected)
    for workers in [1, 2, 3] { #expect(try withWorkers(workers) { try rows(source) } == expected) }
    #expect(try withSeed(99) { try rows(source) } == expected)
  }

  @Test func `goes on where a run was left`() throws {
    let source = images.augmented(with: all)
    let expected = try rows(source)
    let rest = try rows(source, skipping: 2)
    #expect(rest.count == 3 && rest.allSatisfy { expected[$0] == $1 })
    #expect(try rows(source.prefetched(), skipping: 2) == rest)
    #expect(try rows(source, skipping: 5).isEmpty)
  }

  @Test func `draws other numbers for other rows, epochs and seeds`() throws {
    let same = Dataset(inputs: Tensor(ones: [4, 1, 2, 2]), labels: Tensor(labels: [0, 0, 0, 0]))
    let source = same.augmented(with: [.noise(1)], seed: 1)
    var seen: [Tensor] = []
    for (source, epoch) in [(source, 0), (source, 1), (same.augmented(with: [.noise(1)], seed: 2), 0)] {
      seen += try rows(source, epoch: epoch).values
    }
    for (index, one) in seen.enumerated() { #expect(!seen[..<index].contains(one)) }
    // Without a seed, that of the training.
    let follower = same.augmented(with: [.noise(1)])
    #expect(try rows(follower, seed: 1) == rows(source))
    #expect(try rows(follower, seed: 2) != rows(source))
  }

  @Test func `leaves evaluations, labels and what is known of them as they are`() throws {
    let source = images.augmented(with: all)
    let evaluated = try rows(source, epoch: nil)
    #expect(evaluated.allSatisfy { $1.isIdentical(to: images.inputs[$0]) })
    var stream = try source.batches(for: BatchRequest(batchSize: 4, epoch: 0))
    #expect(stream.count == 3 && stream.rowCounts == [4, 3] && stream.labels == images.labels)
    let batch = try #require(try stream.next())
    #expect(batch.labels == images.labels.gathered(rows: batch.indices))
    let nothing = images[0..<0].augmented(with: all)
    #expect(try rows(nothing).isEmpty)
    #expect(try rows(images.augmented(with: [])) == rows(images))
  }
}

@Suite(.seeded) struct `A mapped source` {
  @Test func `changes each batch, and those that are left out not at all`() throws {
    let source = images.mapped { batch, request in
      #expect(request.batchSize == 4)
      #expect(!batch.indices.contains(0))
      return Examples<Tensor, Pair<Tensor, Tensor>>.Batch(
        inputs: batch.inputs * 2, labels: Pair(batch.labels, batch.inputs), indices: batch.indices)
    }
    var stream = try source.batches(for: BatchRequest(batchSize: 4))
    #expect(stream.count == 3 && stream.labels == nil && stream.inputs == nil)
    try stream.skip(1)
    let batch = try #require(try stream.next())
    #expect(batch.indices == [4, 5, 6, 7] && batch.inputs == 2 * images.inputs[4..<8])
    #expect(batch.labels.second == images.inputs[4..<8])
  }

  @Test func `ends with the error of the function`() throws {
    struct Failure: Error {}
    let source = images.mapped { batch, _ -> Dataset.Batch in throw Failure() }
    var stream = try source.batches(for: BatchRequest(batchSize: 4))
    #expect(throws: Failure.self) { try stream.next() }
  }
}
