import StrataTensor

/// An objective that is a mean or a sum of the losses of samples, each of which depends on its own part of the output.
///
/// A sample is what the mean is taken over: a row for ``SoftmaxCrossEntropy``, an element for ``MeanSquaredError``. The
/// losses of the samples are what PyTorch returns with `reduction="none"`:
///
/// ```swift
/// let (losses, _) = MeanSquaredError().samples(output, target)
/// ```
///
/// Each such objective takes weights of the samples: see ``weighted()``.
public protocol SampleObjective<Output, Target>: Objective {
  /// How the losses of a batch become one number.
  var reduction: Reduction { get }

  /// Returns the loss of each sample, and the gradient of their sum.
  func samples(_ output: consuming Output, _ target: Target) -> (values: Tensor, gradient: Output)

  /// Returns what each sample counts in the mean: 0 for one that is ignored, the weight of its class. By default nil,
  /// for 1 each.
  func weights(of target: Target) -> Tensor?

  /// Returns numbers of the samples in a shape that broadcasts over their parts of a gradient. By default the axes of
  /// the samples are the first of the gradient's.
  func spread(_ numbers: Tensor, over gradient: Shape) -> Tensor
}

extension SampleObjective {
  /// Returns the loss, and its gradient by the output.
  public func evaluate(_ output: consuming Output, _ target: Target) -> (value: Double, gradient: Output) {
    let (values, gradient) = samples(output, target)
    let divisor = divisor(of: target)
    let scale = divisor == 0 ? 0 : 1 / divisor
    return (values.total * scale, scale == 1 ? gradient : gradient.mapped { $0 * scale })
  }

  /// Returns what each sample counts in the mean; nil for 1 each.
  public func weights(of target: Target) -> Tensor? { nil }

  /// Returns numbers of the samples in a shape that broadcasts over a gradient.
  public func spread(_ numbers: Tensor, over gradient: Shape) -> Tensor {
    let axes = max(0, gradient.rank - numbers.rank)
    return numbers.reshaped(to: Shape(numbers.shape.lengths + Array(repeating: 1, count: axes)))
  }

  /// Returns this objective with a weight for each sample: the target is a pair of this one's target and the weights.
  public func weighted() -> SampleWeighted<Self> { SampleWeighted(self) }
}

extension SampleObjective where Target == Tensor {
  /// Returns what the sum over the samples is divided by.
  public func divisor(of target: Tensor) -> Double { reduction.divisor(over: target.count) }
}

extension Tensor {
  /// The sum of all elements, in double precision.
  var total: Double {
    func sum<T: KernelScalar>(_: T.Type) -> Double {
      parallelSum(over: count, grain: elementGrain) { T.sum($0.count, pointer(at: $0.lowerBound)) }
    }
    return dtype.withKernels(for: "sum") { sum($0) }
  }
}
