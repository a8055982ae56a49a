import StrataTensor

/// L = −x_y, with x log-probabilities such as those of ``LogSoftmax`` and y the true class; the mean over the samples, or
/// their sum.
///
/// ``SoftmaxCrossEntropy`` is this after ``LogSoftmax``, in one step and with the same numbers. Weights w and an ignored
/// index count as there: the mean divides by Σ w_y over the samples that are not ignored.
///
/// - Shapes: x is [B, K], or has more axes before the last, or with `axis: 1` is [B, K, …]; the target is `int32` class
///   indices, of the shape without the classes.
///
/// # Backward
/// dL/dx_y = −w_y, and 0 for the other classes, divided as the mean.
public struct NegativeLogLikelihood: Loss, SampleLoss {
  private let classes: SoftmaxCrossEntropy

  /// A loss of log-probabilities.
  public init(
    reduction: Reduction = .mean, ignoredIndex: Int? = nil, classWeights: [Double]? = nil, axis: Int = -1
  ) {
    var classes = SoftmaxCrossEntropy(
      reduction: reduction, ignoredIndex: ignoredIndex, classWeights: classWeights, axis: axis)
    classes.name = "NegativeLogLikelihood"
    self.classes = classes
  }

  /// How the losses of a batch become one number.
  public var reduction: Reduction { classes.reduction }
  /// The class index of samples that do not count.
  public var ignoredIndex: Int? { classes.ignoredIndex }
  /// The weight of each class; nil where all weigh the same.
  public var classWeights: [Double]? { classes.classWeights }
  /// The axis of the classes; −1 is the last.
  public var axis: Int { classes.axis }

  /// Returns the loss of each sample, and the gradient of their sum.
  public func samples(_ output: consuming Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    let output = output
    classes.requireTarget(target, for: output.shape, output.dtype)
    requireIndices(target)
    let (own, places) = classes.own(output, target)
    let weights = -(weights(of: target)?.converted(to: output.dtype) ?? Tensor(ones: target.shape, dtype: output.dtype))
    let counts = weights .!= 0
    let slopes = Tensor.where(counts, Tensor.where(isNaN(own), own, weights), 0)
    let gradient = Tensor(zeros: output.shape, dtype: output.dtype)
      .scattering(slopes.reshaped(to: places.shape), at: places, along: axis)
    return (Tensor.where(counts, weights * own, 0), gradient)
  }

  /// Returns what each sample counts in the mean; nil for 1 each.
  public func weights(of target: Tensor) -> Tensor? { classes.weights(of: target) }

  /// Returns numbers of the samples in a shape that broadcasts over a gradient.
  public func spread(_ numbers: Tensor, over gradient: Shape) -> Tensor { classes.spread(numbers, over: gradient) }

  /// Returns what the sum over the samples is divided by.
  public func divisor(of target: Tensor) -> Double { classes.divisor(of: target) }

  /// Throws `TargetError` unless the target fits outputs of these shapes.
  public func validate(_ target: Tensor, for output: [Shape]) throws { try classes.validate(target, for: output) }
}

extension Loss {
  /// Stops the program unless a target is class indices.
  func requireIndices(_ target: Tensor) {
    require(
      target.dtype == .int32,
      "\(Self.self): the target is class indices, int32: make them with Tensor(labels:) or converted(to: .int32)")
  }
}

extension SoftmaxCrossEntropy {
  /// The element of each sample's true class, and its index along the classes, with that axis; those of samples that are
  /// ignored are of the first class.
  func own(_ output: Tensor, _ target: Tensor) -> (elements: Tensor, places: Tensor) {
    var labels = target
    if let ignoredIndex { labels = target.replacing(with: 0, where: target .== Double(ignoredIndex)) }
    let places = labels.expanded(at: place(of: axis, in: output.shape))
    return (output.gathered(places, along: axis).reshaped(to: target.shape), places)
  }
}
