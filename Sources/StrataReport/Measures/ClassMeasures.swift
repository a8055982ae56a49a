import Foundation
import StrataLayers
import StrataTensor
import StrataTraining

/// What a classifier makes of some examples: which classes it takes for which, and where it is most sure and wrong.
struct ClassMeasures: Sendable {
  /// An example of which the class is not recognized.
  struct Mistake: Sendable, Equatable {
    /// Which example it is, from 0.
    let example: Int
    let label: Int
    let predicted: Int
    /// The probabilities of both classes; nil where the loss takes no logits.
    let probability: (label: Double, predicted: Double)?
    /// By how much the wrong class is ahead.
    let margin: Double
    let picture: Picture?

    static func == (a: Mistake, b: Mistake) -> Bool { a.example == b.example && a.predicted == b.predicted }
  }

  private(set) var matrix: ConfusionMatrix
  /// The worst first.
  private(set) var worst: [Mistake] = []
  /// The examples so far.
  private(set) var examples = 0

  /// The most mistakes that are kept.
  static let mostMistakes = 24

  private let isOfLogits: Bool
  private let ignoredIndex: Int?
  private let pictureShape: Shape?

  /// Measures of a model that gives such outputs for such labels; nil where these are no classes.
  init?(_ output: Tensor, _ labels: Tensor, isOfLogits: Bool, ignoredIndex: Int?, pictureShape: Shape?) {
    guard let classes = Self.classes(output, labels, isOfLogits) else { return nil }
    matrix = ConfusionMatrix(classes: classes)
    (self.isOfLogits, self.ignoredIndex, self.pictureShape) = (isOfLogits, ignoredIndex, pictureShape)
  }

  /// How many classes such outputs and labels tell apart: int32 labels of the shape without the last axis, or, of the
  /// same shape `[N]` or `[N, 1]`, the targets 0 and 1.
  private static func classes(_ output: Tensor, _ labels: Tensor, _ isOfLogits: Bool) -> Int? {
    guard output.dtype.isFloatingPoint else { return nil }
    let lengths = output.shape.lengths
    if labels.dtype == .int32 {
      return lengths.last ?? 0 > 1 && lengths.dropLast().elementsEqual(labels.shape.lengths) ? lengths.last : nil
    }
    guard isOfLogits, labels.shape == output.shape, lengths.count == 1 || lengths.count == 2 && lengths[1] == 1,
      labels.elements(as: Double.self).allSatisfy({ $0 == 0 || $0 == 1 })
    else { return nil }
    return 2
  }

  /// Adds the rows of a batch.
  mutating func add(_ inputs: Tensor?, _ output: Tensor, _ labels: Tensor) {
    let first = examples
    examples += output.shape.rank > 0 ? output.shape[0] : 0
    guard Self.classes(output, labels, isOfLogits) == matrix.counts.count else { return }
    matrix.add(logits: output, labels: labels, ignoredIndex: ignoredIndex)
    // Of the steps of a sequence no one is an example.
    guard output.shape.rank <= 2, output.shape.count > 0 else { return }
    let (logits, width) = (output.elements(as: Double.self), output.shape.rank == 2 ? output.shape[1] : 1)
    let classes = labels.elements(as: Double.self).map { Int($0) }
    for (row, label) in classes.enumerated() where label >= 0 && label != ignoredIndex {
      let row = (number: row, logits: logits[row * width..<(row + 1) * width])
      let predicted = row.logits.predictedClass
      guard predicted != label else { continue }
      let partition = row.logits.logPartition
      func probability(_ label: Int) -> Double { exp(row.logits[logitOf: label] - partition) }
      // That of a NaN is beyond all.
      let margin = row.logits[logitOf: predicted] - row.logits[logitOf: label]
      let rank = margin.isNaN ? .infinity : margin
      if worst.count == Self.mostMistakes, rank <= worst.last!.margin { continue }
      let mistake = Mistake(
        example: first + row.number, label: label, predicted: predicted,
        probability: isOfLogits ? (probability(label), probability(predicted)) : nil, margin: rank,
        picture: picture(of: inputs, row.number))
      worst.insert(mistake, at: worst.firstIndex { $0.margin < rank } ?? worst.count)
      if worst.count > Self.mostMistakes { worst.removeLast() }
    }
  }

  private func picture(of inputs: Tensor?, _ row: Int) -> Picture? {
    guard let inputs, inputs.shape.rank > 1 else { return nil }
    let shape = pictureShape ?? inputs.shape.rowShape
    guard pictureShape != nil || Picture.isPicture(shape) else { return nil }
    return Picture(inputs[row].elements(as: Float.self), shape: shape)
  }
}
