import CStrataKernels
import StrataTensor

/// L = log Σⱼ exp(zⱼ) − z_y, the negative log-likelihood of the true class y under softmax(z); in general
/// Σⱼ uⱼ (log Σₖ exp(zₖ) − zⱼ) for a target of uⱼ in class j.
///
/// With smoothing ε, weights w and K classes, class index y is u_j = w_j ((1 − ε)[j = y] + ε/K), and a soft
/// target t is u_j = w_j ((1 − ε) t_j + ε/K). The mean over samples divides by their number; with class
/// indices by Σ w_y over those that are not ignored, and is 0 where all are (PyTorch's is NaN).
///
/// - Shapes: logits z are [B, K], or have more axes before the last; with `axis: 1` the classes are PyTorch's axis,
///   [B, K, …]. The target is either `int32` class indices, of the shape without the classes, or one probability per
///   class, of the shape of the logits, which sum to 1.
///
/// # Backward
/// ∂ log Σⱼ exp(zⱼ) / ∂zᵢ = exp(zᵢ) / Σⱼ exp(zⱼ) = pᵢ, so dL/dz = p · Σⱼ uⱼ − u, which is p − u where u sums
/// to 1; divided as the mean. The maximum of each row is subtracted before exponentials are taken, which
/// changes neither value nor gradient and keeps any finite logit from overflowing.
///
/// Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, for the smoothing.
///
/// PyTorch's has the classes in axis 1, and NaN where this is 0: see the article "Differences from PyTorch".
public struct SoftmaxCrossEntropy: LogitLoss, Loss, SampleLoss {
  /// How the losses of a batch become one number.
  public let reduction: Reduction

  /// ε: the part of every target that is spread over all classes.
  public let labelSmoothing: Double

  /// The class index of samples that do not count, such as padding; it may be out of range.
  public let ignoredIndex: Int?

  /// The axis of the classes; −1 is the last.
  public let axis: Int

  let weights: ClassWeights?

  /// The loss that messages name: one that is made of this may say its own.
  var name = "SoftmaxCrossEntropy"

  public init(
    reduction: Reduction = .mean, labelSmoothing: Double = 0, ignoredIndex: Int? = nil,
    classWeights: [Double]? = nil, axis: Int = -1
  ) {
    require(0...1 ~= labelSmoothing, "SoftmaxCrossEntropy: labelSmoothing \(labelSmoothing) must lie in 0...1")
    require(
      ignoredIndex == nil || Int32(exactly: ignoredIndex!) != nil,
      "SoftmaxCrossEntropy: ignoredIndex \(ignoredIndex!) is no int32 class index")
    self.reduction = reduction
    self.labelSmoothing = labelSmoothing
    self.ignoredIndex = ignoredIndex
    self.axis = axis
    weights = classWeights.map { ClassWeights($0) }
  }

  /// The weight of each class; nil where all weigh the same.
  public var classWeights: [Double]? { weights?.elements }

  public func evaluate(_ logits: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let value = loss(&logits, target, withGradient: true)
    return (value, logits)
  }

  public func callAsFunction(_ logits: Tensor, _ target: Tensor) -> Double {
    var logits = logits
    return loss(&logits, target, withGradient: false)
  }

  public func samples(_ logits: consuming Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    requireTarget(target, for: logits.shape, logits.dtype)
    let values = Tensor(uninitialized: logits.shape.removing(axis), dtype: logits.dtype)
    _ = loss(&logits, target, scale: 1, withGradient: true, values: values)
    return (values, logits)
  }

  /// The loss; the logits become their gradient where it is asked for.
  private func loss(_ logits: inout Tensor, _ target: Tensor, withGradient: Bool) -> Double {
    requireTarget(target, for: logits.shape, logits.dtype)
    let divisor = divisor(of: target)
    let scale = divisor == 0 ? 0 : 1 / divisor
    return loss(&logits, target, scale: scale, withGradient: withGradient) * scale
  }

  /// The sum over the samples; the logits become `scale` times its gradient where that is asked for.
  private func loss(
    _ logits: inout Tensor, _ target: Tensor, scale: Double, withGradient: Bool, values: Tensor? = nil
  ) -> Double {
    if !isLast(axis, in: logits.shape) {
      var last = logits.moving(axis, to: -1)
      let target = target.dtype == .int32 ? target : target.moving(axis, to: -1)
      let sum = sum(&last, target, scale, withGradient, values)
      if withGradient { logits = last.moving(-1, to: axis) }
      return sum
    }
    return sum(&logits, target, scale, withGradient, values)
  }

  private func sum(
    _ logits: inout Tensor, _ target: Tensor, _ scale: Double, _ withGradient: Bool, _ values: Tensor?
  ) -> Double {
    let options = strata_cross_entropy_options(smoothing: labelSmoothing, ignored: Int32(ignoredIndex ?? -1))
    func total<T: KernelScalar>(_: T.Type) -> Double {
      let (factor, values) = (T(scale), values?.mutablePointer(T.self))
      guard target.dtype == .int32 else {
        return rows(&logits, weighted(target), T.self, withGradient) { first, n, classes, z, t, dz in
          T.softCrossEntropy(n, classes, z, t, factor, dz, values.map { $0 + first })
        }
      }
      let weights = weights?[T.dtype]
      return rows(&logits, target, Int32.self, withGradient) { first, n, classes, z, t, dz in
        T.softmaxCrossEntropy(
          n, classes, z, t, options, weights?.pointer(), factor, dz, values.map { $0 + first })
      }
    }
    let dtype = logits.dtype
    return dtype.withKernels(for: name) { total($0) }
  }

  /// Runs a kernel over blocks of rows and adds up what it returns, in an order fixed by the shape.
  private func rows<T: KernelScalar, Target: TensorScalar>(
    _ logits: inout Tensor, _ target: Tensor, _ type: Target.Type, _ withGradient: Bool,
    _ kernel: (Int, Int, Int, UnsafePointer<T>, UnsafePointer<Target>, UnsafeMutablePointer<T>?) -> Double
  ) -> Double {
    let classes = logits.shape[-1]
    let samples = logits.count / classes
    let targetWidth = target.count / samples
    var total = 0.0
    func run(_ z: UnsafePointer<T>, _ dz: UnsafeMutablePointer<T>?) {
      let t = target.pointer(type)
      total = parallelSum(over: samples, grain: max(1, elementGrain / 4 / classes)) { range in
        let first = range.lowerBound
        return kernel(
          first, range.count, classes, z + first * classes, t + first * targetWidth, dz.map { $0 + first * classes })
      }
    }
    if withGradient {
      logits.overwrite { old, new in run(old.pointer(T.self), new.mutablePointer(T.self)) }
    } else {
      run(logits.pointer(T.self), nil)
    }
    return total
  }
}
