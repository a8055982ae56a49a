import Foundation
import StrataTensor

/// The rows of a classification that count: their logits in float64, and their labels.
struct ClassRows {
  /// The number of classes; 2 where a row is one logit, that of class 1.
  let classes: Int

  private let width: Int
  private let logits: [Double]
  private let labels: [Int]
  private let ignoredIndex: Int?

  init(_ logits: Tensor, _ labels: Tensor, ignoredIndex: Int?, for metric: String) {
    let isBinary = labels.dtype.isFloatingPoint
    let expected = isBinary ? logits.shape : Shape(logits.shape.lengths.dropLast())
    require(
      logits.dtype.isFloatingPoint && labels.shape == expected && (isBinary || logits.shape.rank > 0),
      "\(metric): labels \(labels.dtype) \(labels.shape) do not go together with logits \(logits.dtype) "
        + "\(logits.shape); give int32 labels of their shape without the last axis, or targets 0 and 1 of their shape")
    width = isBinary ? 1 : logits.shape[-1]
    classes = isBinary ? 2 : width
    self.logits = logits.elements(as: Double.self)
    self.ignoredIndex = ignoredIndex
    if isBinary {
      self.labels = labels.elements(as: Double.self).map { target in
        require(
          target == 0 || target == 1, "\(metric): the target \(target) of a row of two classes is neither 0 nor 1")
        return Int(target)
      }
    } else {
      self.labels = labels.elements(as: Int32.self).map(Int.init)
      for label in self.labels where label != ignoredIndex {
        require(label < classes, "\(metric): label \(label) is out of range for \(classes) classes")
      }
    }
  }

  /// Gives `body` the logits of each row that counts, and its label.
  func forEach(_ body: (_ logits: ArraySlice<Double>, _ label: Int) -> Void) {
    for (row, label) in labels.enumerated() where label >= 0 && label != ignoredIndex {
      body(logits[row * width..<(row + 1) * width], label)
    }
  }
}

/// What the logits of a row say of its classes.
extension ArraySlice<Double> {
  /// The class with the largest logit, decided as ``Tensor/argmax()`` decides; of one logit, 1 where it is above 0.
  package var predictedClass: Int {
    if count == 1 { return first! > 0 ? 1 : 0 }
    var best = startIndex
    for index in indices.dropFirst() where !(self[index] <= self[best]) {
      if self[best].isNaN { break }
      best = index
    }
    return best - startIndex
  }

  /// log Σₖ exp zₖ, of one logit z that of 0 and z.
  package var logPartition: Double {
    let largest = count == 1 ? Swift.max(0, first!) : self.max()!
    guard largest.isFinite else { return largest }
    return largest + log(reduce(count == 1 ? exp(-largest) : 0) { $0 + exp($1 - largest) })
  }

  /// The logit of a class; of one logit, that of class 0 is 0.
  package subscript(logitOf label: Int) -> Double { count == 1 ? (label == 1 ? first! : 0) : self[startIndex + label] }
}
