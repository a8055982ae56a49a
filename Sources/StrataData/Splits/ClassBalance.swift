import StrataTensor

/// n / (K · n_k): weights of K classes by which each counts alike in a loss, whatever number n_k of the n labels it has;
/// 0 for a class without any.
///
/// ```swift
/// let loss = SoftmaxCrossEntropy(classWeights: balancedClassWeights(of: train.labels, classes: 3))
/// ```
///
/// Negative labels, which losses ignore, do not count. scikit-learn's `compute_class_weight("balanced")`.
///
/// - Parameters:
///   - labels: Class indices, `int32` of any shape.
///   - classes: The number K of classes.
public func balancedClassWeights(of labels: Tensor, classes: Int) -> [Double] {
  require(
    labels.dtype == .int32 && classes >= 1,
    "balancedClassWeights: \(labels.dtype) labels of \(classes) classes are not possible")
  var counts = Array(repeating: 0, count: classes)
  for label in labels.elements(as: Int.self) where label >= 0 {
    require(label < classes, "balancedClassWeights: label \(label) is not one of \(classes) classes")
    counts[label] += 1
  }
  let all = Double(counts.reduce(0, +))
  return counts.map { $0 == 0 ? 0 : all / (Double(classes) * Double($0)) }
}
