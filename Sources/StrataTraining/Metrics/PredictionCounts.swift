import StrataTensor

/// How often each class was right, missed and wrongly predicted: what precision, recall and F-beta are computed of.
struct PredictionCounts {
  struct Class {
    /// Predictions of the class that are right.
    var truePositives = 0.0
    /// Examples of the class that were taken for another: false negatives.
    var missed = 0.0
    /// Predictions of the class that are wrong: false positives.
    var wrong = 0.0

    var labels: Double { truePositives + missed }
    var occurs: Bool { truePositives + missed + wrong > 0 }

    static func += (a: inout Class, b: Class) {
      a.truePositives += b.truePositives
      a.missed += b.missed
      a.wrong += b.wrong
    }
  }

  private let metric: String
  private let ignoredIndex: Int?
  private var classes: [Class] = []

  init(_ metric: String, _ ignoredIndex: Int?) {
    self.metric = metric
    self.ignoredIndex = ignoredIndex
  }

  mutating func add(_ logits: Tensor, _ labels: Tensor) {
    let rows = ClassRows(logits, labels, ignoredIndex: ignoredIndex, for: metric)
    if classes.isEmpty { classes = Array(repeating: Class(), count: rows.classes) }
    require(
      rows.classes == classes.count, "\(metric): \(rows.classes) classes after batches of \(classes.count)")
    rows.forEach { logits, label in
      let predicted = logits.predictedClass
      if predicted == label {
        classes[label].truePositives += 1
      } else {
        classes[label].missed += 1
        classes[predicted].wrong += 1
      }
    }
  }

  /// Averages a figure of single classes; one that divides by 0 counts as 0.
  func figure(_ average: ClassAverage, _ body: (Class) -> Double) -> Double {
    func figure(_ counts: Class) -> Double {
      let value = body(counts)
      return value.isNaN ? 0 : value
    }
    let occurring = classes.filter(\.occurs)
    guard !occurring.isEmpty else { return .nan }
    switch average {
    case .macro: return occurring.reduce(0) { $0 + figure($1) } / Double(occurring.count)
    case .micro: return figure(occurring.reduce(into: Class()) { $0 += $1 })
    case .weighted:
      return occurring.reduce(0) { $0 + figure($1) * $1.labels } / occurring.reduce(0) { $0 + $1.labels }
    case .label(let label):
      require(classes.indices ~= label, "\(metric): there is no class \(label) among \(classes.count)")
      return figure(classes[label])
    }
  }
}
