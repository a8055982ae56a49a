import CStrataKernels
import StrataTensor

/// L = log Σⱼ exp(zⱼ) − z_t, the negative log-likelihood of the true class t under softmax(z).
///
/// - Shapes: logits z are [B, K], or have more axes before the last. The target is either `int32` class
///   indices [B], or one probability per class, [B, K], whose rows sum to 1; then L = log Σⱼ exp(zⱼ) − Σⱼ tⱼzⱼ.
///
/// # Backward
/// ∂ log Σⱼ exp(zⱼ) / ∂zᵢ = exp(zᵢ) / Σⱼ exp(zⱼ) = pᵢ, so dL/dz = p − t, with t one-hot for a class
/// index; divided by B for the mean. The maximum of each row is subtracted before exponentials
/// are taken, which changes neither value nor gradient and keeps any finite logit from overflowing.
public struct SoftmaxCrossEntropy: Loss {
  public let reduction: Reduction

  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  public func evaluate(
    _ logits: consuming Tensor, _ target: Tensor
  ) -> (value: Double, gradient: Tensor) {
    let value = Self.loss(&logits, target, reduction, withGradient: true)
    return (value, logits)
  }

  public func callAsFunction(_ logits: Tensor, _ target: Tensor) -> Double {
    var logits = logits
    return Self.loss(&logits, target, reduction, withGradient: false)
  }

  /// The loss; the logits become their gradient where it is asked for.
  private static func loss(
    _ logits: inout Tensor, _ target: Tensor, _ reduction: Reduction, withGradient: Bool
  ) -> Double {
    let shape = logits.shape
    requireTarget(target, for: shape, logits.dtype)
    let samples = shape.count / shape[-1]
    let scale = reduction == .mean ? 1 / Double(samples) : 1
    let total: Double
    switch (logits.dtype, target.dtype) {
    case (.float32, .int32):
      total = rows(&logits, target, Int32.self, withGradient) {
        (n, k, z, t, dz: UnsafeMutablePointer<Float>?) in
        strata_softmax_cross_entropy_f32(n, k, z, t, Float(scale), dz)
      }
    case (.float64, .int32):
      total = rows(&logits, target, Int32.self, withGradient) {
        (n, k, z, t, dz: UnsafeMutablePointer<Double>?) in
        strata_softmax_cross_entropy_f64(n, k, z, t, scale, dz)
      }
    case (.float32, _):
      total = rows(&logits, target, Float.self, withGradient) {
        strata_soft_cross_entropy_f32($0, $1, $2, $3, Float(scale), $4)
      }
    case (_, _):
      total = rows(&logits, target, Double.self, withGradient) {
        strata_soft_cross_entropy_f64($0, $1, $2, $3, scale, $4)
      }
    }
    return total * scale
  }

  /// Runs a kernel over blocks of rows and adds up what it returns, in an order fixed by the shape.
  private static func rows<T: TensorScalar, Target: TensorScalar>(
    _ logits: inout Tensor, _ target: Tensor, _ type: Target.Type, _ withGradient: Bool,
    _ kernel: (Int, Int, UnsafePointer<T>, UnsafePointer<Target>, UnsafeMutablePointer<T>?) -> Double
  ) -> Double {
    let classes = logits.shape[-1]
    let samples = logits.count / classes
    let targetWidth = target.count / samples
    let grain = max(1, elementGrain / 4 / classes)
    var partial = [Double](repeating: 0, count: (samples + grain - 1) / grain)
    func run(_ z: UnsafePointer<T>, _ dz: UnsafeMutablePointer<T>?) {
      let t = target.pointer(type)
      partial.withUnsafeMutableBufferPointer { partial in
        let partial = partial.baseAddress!
        parallel(over: samples, grain: grain) { range in
          let first = range.lowerBound
          partial[first / grain] = kernel(
            range.count, classes, z + first * classes, t + first * targetWidth,
            dz.map { $0 + first * classes })
        }
      }
    }
    if withGradient {
      logits.overwrite { old, new in run(old.pointer(T.self), new.mutablePointer(T.self)) }
    } else {
      run(logits.pointer(T.self), nil)
    }
    return partial.reduce(0, +)
  }

  private static func requireTarget(_ target: Tensor, for shape: Shape, _ dtype: DType) {
    require(
      shape.rank >= 2 && shape.count > 0,
      "SoftmaxCrossEntropy: logits need a shape [B, K] with no axis of length 0, not \(shape)")
    guard target.dtype == .int32 else {
      require(
        target.shape == shape && target.dtype == dtype,
        "SoftmaxCrossEntropy: soft targets must be \(dtype) of the logits' shape \(shape), "
          + "not \(target.dtype) of \(target.shape); class indices must be int32")
      return
    }
    let expected = Shape(shape.lengths.dropLast())
    require(
      target.shape == expected,
      "SoftmaxCrossEntropy: logits of shape \(shape) need class indices of shape \(expected), "
        + "not \(target.shape)")
    let classes = Int32(shape[-1])
    for label in target.elements(Int32.self) where label < 0 || label >= classes {
      stop("SoftmaxCrossEntropy: class index \(label) is out of range for \(classes) classes")
    }
  }
}
