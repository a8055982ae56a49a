import Foundation
import Strata
import StrataTensor
import Testing

@testable import StrataReport

/// Which mistakes of a classifier are shown.
@Suite(.seeded) struct ClassMeasuresTests {
  @Test func `the worst mistakes of all batches come first, by their margin`() throws {
    let logits = withSeed(5) { 3 * Tensor(normal: [500, 4]) }
    let labels = Tensor(labels: (0..<500).map { $0 % 5 == 4 ? -1 : $0 % 4 })
    var measures = try #require(
      ClassMeasures(logits, labels, isOfLogits: true, ignoredIndex: 2, pictureShape: nil))
    for start in stride(from: 0, to: 500, by: 70) {
      let range = start..<min(500, start + 70)
      measures.add(nil, logits.rows(range), labels.rows(range))
    }
    #expect(measures.matrix == ConfusionMatrix(logits: logits, labels: labels, ignoredIndex: 2))
    #expect(measures.examples == 500)
    // The same by sorting all.
    let (rows, truth) = (logits.elements(as: Double.self), labels.elements(as: Int32.self).map(Int.init))
    var all: [(example: Int, margin: Double)] = []
    for (example, label) in truth.enumerated() where label >= 0 && label != 2 {
      let row = rows[4 * example..<4 * example + 4]
      let margin = row.max()! - row[row.startIndex + label]
      if margin > 0 { all.append((example, margin)) }
    }
    all.sort { ($1.margin, $0.example) < ($0.margin, $1.example) }
    #expect(measures.worst.map(\.example) == all.prefix(24).map(\.example))
    for mistake in measures.worst {
      let row = rows[4 * mistake.example..<4 * mistake.example + 4]
      let sum = row.reduce(0) { $0 + exp($1) }
      #expect(abs(mistake.probability!.predicted - exp(row.max()!) / sum) < 1e-12)
      #expect(mistake.label == truth[mistake.example] && mistake.predicted != mistake.label)
    }
  }

  @Test func `one logit an example tells two classes apart`() throws {
    let (logits, targets): (Tensor, Tensor) = ([[2], [-1], [3], [-4]], [[1], [1], [0], [0]])
    var measures = try #require(
      ClassMeasures(logits, targets, isOfLogits: true, ignoredIndex: nil, pictureShape: nil))
    measures.add(nil, logits, targets)
    #expect(measures.matrix.counts == [[1, 1], [1, 1]])
    #expect(measures.worst.map(\.example) == [2, 1])
    #expect(abs(measures.worst[0].probability!.predicted - 1 / (1 + exp(-3))) < 1e-12)
  }

  @Test func `what is no classification has no measures`() {
    func measures(_ output: Tensor, _ labels: Tensor, isOfLogits: Bool = true) -> ClassMeasures? {
      ClassMeasures(output, labels, isOfLogits: isOfLogits, ignoredIndex: nil, pictureShape: nil)
    }
    #expect(measures([[1]], [[0.5]]) == nil)
    #expect(measures([[1]], [[1]], isOfLogits: false) == nil)
    #expect(measures([[1, 2]], [[1, 0]]) == nil)
    #expect(measures([[1]], Tensor(labels: [0])) == nil)
    #expect(measures(Tensor(labels: [1]), Tensor(labels: [0])) == nil)
  }

  @Test func `logits that are not finite count as the loss counts them, and no batch of nothing stops`() throws {
    let logits: Tensor = [[.nan, 1], [1, .infinity]]
    var measures = try #require(
      ClassMeasures(logits, Tensor(labels: [1, 0]), isOfLogits: true, ignoredIndex: nil, pictureShape: nil))
    measures.add(nil, logits, Tensor(labels: [1, 0]))
    measures.add(nil, Tensor(zeros: [0, 2]), Tensor(labels: []))
    #expect(measures.examples == 2 && measures.matrix.total == 2)
    #expect(measures.worst.allSatisfy { $0.margin == .infinity })
  }

  @Test func `the steps of sequences are counted, and no step is a mistake to show`() throws {
    let logits = Tensor(zeros: [2, 3, 4])
    var measures = try #require(
      ClassMeasures(
        logits, Tensor([0, 1, 2, 3, -1, 0] as [Int32], shape: [2, 3]), isOfLogits: true, ignoredIndex: nil,
        pictureShape: nil))
    measures.add(nil, logits, Tensor([0, 1, 2, 3, -1, 0] as [Int32], shape: [2, 3]))
    #expect(measures.examples == 2 && measures.matrix.total == 5 && measures.worst.isEmpty)
  }

  @Test func `a picture of numbers beyond 0 to 1 is stretched, and a large one is thinned`() {
    #expect(Picture([0, 0.5, 1, 0.25], shape: [2, 2]) == Picture([0, 0.5, 1, 0.25], shape: [1, 2, 2]))
    #expect(Picture([-1, 0, 1, -0.5], shape: [2, 2]) == Picture([0, 0.5, 1, 0.25], shape: [2, 2]))
    #expect(Picture([.nan, 0.5, 1, 0.25], shape: [2, 2]) == Picture([0, 0.5, 1, 0.25], shape: [2, 2]))
    let extremes = Picture([-.greatestFiniteMagnitude, .greatestFiniteMagnitude], shape: [1, 2])
    #expect(extremes == Picture([0, 1], shape: [1, 2]))
    let large = Picture([Float](repeating: 0.5, count: 3 * 300 * 200), shape: [3, 300, 200])
    #expect((large.width, large.height) == (67, 100))
  }
}
