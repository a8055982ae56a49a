/// How figures of single classes become one, with scikit-learn's meanings.
public enum ClassAverage: Sendable, Equatable {
  /// The mean over the classes that occur as a label or a prediction.
  case macro

  /// The figure of all classes' counts added up.
  case micro

  /// The mean over classes, each counting by its number of labels.
  case weighted

  /// The figure of one class alone, such as the positive one of two.
  case label(Int)

  /// What the name of a metric says of it.
  var suffix: String {
    switch self {
    case .macro: ""
    case .micro: " (micro)"
    case .weighted: " (weighted)"
    case .label(let label): " of \(label)"
    }
  }
}
