import Foundation
import Strata
import StrataTensor
import Testing

/// What is shown of a loss or a metric over many batches equals what it is over all rows at once.
@Suite(.seeded) struct EvaluationTests {
  /// 12 rows of 3 classes, four of them ignored, three of which stand together.
  private static let data = Dataset(
    inputs: withSeed(5) { Tensor(normal: [12, 3]) },
    labels: Tensor(labels: [0, -1, -1, -1, 2, 1, 0, 2, -1, 1, 0, 2]))

  private static let full = Dataset(inputs: data.inputs, labels: Tensor(labels: [0, 1, 1, 2, 2, 1, 0, 2, 1, 1, 0, 2]))

  private static func trainer(_ loss: SoftmaxCrossEntropy) -> Trainer<Linear, SoftmaxCrossEntropy, SGD> {
    let model = Linear(weight: Parameter([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), bias: nil)
    return Trainer(model, loss: loss, optimizer: SGD(for: model, learningRate: 0), progress: .silent)
  }

  private static let losses: [String: (SoftmaxCrossEntropy, Dataset)] = [
    "mean": (SoftmaxCrossEntropy(), full),
    "sum": (SoftmaxCrossEntropy(reduction: .sum), full),
    "ignored": (SoftmaxCrossEntropy(ignoredIndex: -1), data),
    "weighted": (SoftmaxCrossEntropy(classWeights: [1, 5, 0.2]), full),
    "ignored, a sum": (SoftmaxCrossEntropy(reduction: .sum, ignoredIndex: -1), data),
    "a class is ignored": (SoftmaxCrossEntropy(ignoredIndex: 1), full),
  ]

  @Test(arguments: losses.keys.sorted(), [1, 3, 5, 6, 12])
  func `the loss does not depend on the size of batches`(name: String, size: Int) throws {
    let (loss, data) = Self.losses[name]!
    var trainer = Self.trainer(loss)
    let whole = loss(data.inputs, data.labels)
    let evaluation = try trainer.evaluate(data, batchSize: size)
    let shown = try trainer.fit(data, epochs: 1, batchSize: size)[0].training
    #expect(abs(evaluation.loss - whole) < 1e-6 * whole)
    #expect(abs(shown.loss - whole) < 1e-6 * whole)
    #expect(evaluation.accuracy == shown.accuracy)
    #expect(evaluation.accuracy == accuracy(data.inputs, data.labels, ignoredIndex: loss.ignoredIndex))
    #expect(evaluation.examples == 12)
  }

  @Test func `ignored labels are neither right nor wrong`() throws {
    let logits: Tensor = [[2, 1], [0, 3], [4, 0], [1, 0]]
    let labels = Tensor(labels: [0, 1, -100, 1])
    #expect(accuracy(logits, labels) == 2.0 / 3)
    #expect(accuracy(logits, labels, ignoredIndex: 1) == 1)
    #expect(accuracy(logits, Tensor(labels: [-1, -1, 2, 5])).isNaN)
    #expect(ConfusionMatrix(logits: logits, labels: labels).counts == [[1, 0], [1, 1]])
    #expect(ConfusionMatrix(logits: logits, labels: labels, ignoredIndex: 1).counts == [[1, 0], [0, 0]])
  }

  @Test func `where all are ignored the loss is 0 and there is no accuracy`() throws {
    let trainer = Self.trainer(SoftmaxCrossEntropy(ignoredIndex: -1))
    let evaluation = try trainer.evaluate(Dataset(inputs: Self.data.inputs[1..<4], labels: Self.data.labels[1..<4]))
    #expect(evaluation.loss == 0 && evaluation.accuracy == nil)
  }

  @Test func `a record survives a file, and prints as the line that is shown of it`() throws {
    struct Twice: Callback {
      func afterEpoch(_ trainer: inout some TrainingLoop) { trainer.metrics["twice"] = 2 * trainer.lastStep!.loss }
    }
    var trainer = Self.trainer(SoftmaxCrossEntropy())
    trainer.callbacks.append(Twice())
    let record = try trainer.fit(Self.full, epochs: 1)[0]
    #expect(try JSONDecoder().decode(EpochRecord.self, from: JSONEncoder().encode(record)) == record)
    #expect(record.description.hasPrefix("epoch 1  loss "))
    #expect(record.description.hasSuffix("  rate 0") && record.description.contains("  twice "))
    #expect(!record.description.contains("Optional"))
    let judged = try trainer.fit(Self.full, validation: Self.full, epochs: 1)[0]
    #expect(judged.description.contains("  validation loss ") && !judged.description.contains("Optional"))
  }

  /// Counts near the largest integer would trap when others are added.
  @Test(arguments: [
    #""examples":9223372036854775807"#, #""examples":-1"#, #""right":5"#, #""predictions":9223372036854775807"#,
  ])
  func `an evaluation with counts without a meaning is not decoded`(_ wrong: String) throws {
    let evaluation = Evaluation(loss: 1, examples: 4, predictions: (right: 3, all: 4))
    let good = String(decoding: try JSONEncoder().encode(evaluation), as: UTF8.self)
    let bad = good.replacing(try Regex("\(wrong.prefix { $0 != ":" }):[^,}]*"), with: wrong)
    #expect(bad != good)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Evaluation.self, from: Data(bad.utf8)) }
  }
}
