import Foundation
import StrataTensor
import Testing

@testable import StrataData

/// Ten examples: [i, i + 0.5] with label i.
private let ten = Dataset(
  inputs: Tensor((0..<20).map { Float($0) / 2 }, shape: [10, 2]), labels: Tensor(labels: Array(0..<10)))

@Suite(.seeded) struct `A data set` {
  @Test func `is cut by rows`() {
    #expect(ten.count == 10)
    let (first, rest) = ten.split(at: 7)
    #expect(first.count == 7 && rest.count == 3)
    #expect(rest.inputs == [[7, 7.5], [8, 8.5], [9, 9.5]])
    #expect(rest.labels == Tensor(labels: [7, 8, 9]))
    #expect(ten[2..<3].inputs == [[2, 2.5]])
    #expect(ten.split(at: 10).1.count == 0)
  }
}

@Suite(.seeded) struct Shuffling {
  @Test func `has a known answer`() {
    // From an independent implementation of Philox, Lemire and Fisher–Yates in Python.
    #expect(permutation(of: 10, epoch: 0, seed: 0) == [7, 9, 0, 6, 8, 2, 1, 5, 3, 4])
    #expect(permutation(of: 10, epoch: 3, seed: 42) == [0, 3, 2, 7, 8, 9, 1, 6, 4, 5])
  }

  @Test(arguments: [0, 1, 2, 3, 64, 1437, 60_000])
  func `meets each index once`(count: Int) {
    #expect(permutation(of: count, epoch: 1, seed: 2).sorted() == Array(0..<count))
  }

  @Test func `differs between epochs and between seeds`() {
    let orders = (0..<20).flatMap { epoch in
      [0, 1, UInt64.max].map { permutation(of: 100, epoch: epoch, seed: $0) }
    }
    #expect(Set(orders).count == 60)
  }

  @Test func `makes all orders equally likely`() {
    var counts: [[Int]: Int] = [:]
    for epoch in 0..<24_000 { counts[permutation(of: 4, epoch: epoch, seed: 7), default: 0] += 1 }
    #expect(counts.count == 24)
    // χ² with 23 degrees of freedom exceeds 49.7 once in a thousand.
    #expect(counts.values.reduce(0.0) { $0 + pow(Double($1) - 1000, 2) / 1000 } < 49.7)
  }

  @Test func `draws below a bound without bias`() {
    // Two thirds of 2^64: a remainder would come up twice as often in the lower half.
    let bound = UInt64.max / 3 * 2
    var generator = RandomGenerator(seed: 1, stream: 0)
    let draws = (0..<10_000).map { _ in generator.next(below: bound) }
    #expect(draws.allSatisfy { $0 < bound })
    #expect(abs(draws.count { $0 < bound / 2 } - 5000) < 200)
  }
}

@Suite(.seeded) struct `Batches of a data set` {
  @Test func `pair each input with its label, in the order of the permutation`() {
    let batches = ten.batches(of: 4, epoch: 5, seed: 9)
    #expect(batches.map(\.count) == [4, 4, 2])
    #expect(batches.flatMap(\.indices) == permutation(of: 10, epoch: 5, seed: 9))
    for batch in batches {
      #expect(batch.labels == Tensor(labels: batch.indices))
      #expect(
        batch.inputs.elements(as: Double.self) == batch.indices.flatMap { [Double($0), Double($0) + 0.5] })
    }
  }

  @Test func `end with the rest, or without it`() {
    #expect(ten.batches(of: 4, epoch: 0, keepingRemainder: false).map(\.count) == [4, 4])
    #expect(ten.batches(of: 5, epoch: 0).map(\.count) == [5, 5])
    #expect(ten.batches(of: 64, epoch: 0).map(\.count) == [10])
    #expect(ten.batches(of: 64, epoch: 0, keepingRemainder: false).isEmpty)
    #expect(ten.batches(of: .max, epoch: 0).map(\.count) == [10])
    #expect(ten[0..<0].batches(of: 4, epoch: 0).isEmpty)
  }

  @Test func `come as stored on request`() {
    #expect(ten.batches(of: 3).flatMap(\.indices) == Array(0..<10))
    #expect(ten.batches(of: 3, epoch: 8, shuffled: false).flatMap(\.indices) == Array(0..<10))
  }

  @Test func `resume without gathering what is skipped`() {
    let all = ten.batches(of: 3, epoch: 2, seed: 1)
    let rest: Slice<Dataset.Batches> = all.dropFirst(2)  // a view: elements are created only on demand
    #expect(rest.count == 2)
    #expect(rest.map(\.indices) == Array(all.map(\.indices)[2...]))
  }

  @Test func `follow the seed of the runtime by default`() {
    withSeed(7) {
      #expect(ten.batches(of: 10, epoch: 4)[0].indices == permutation(of: 10, epoch: 4, seed: 7))
    }
  }
}
