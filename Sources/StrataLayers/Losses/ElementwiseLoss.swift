import StrataTensor

/// A loop that returns the sum of a loss over n elements of output and target, and writes a factor times its
/// derivative.
typealias ElementwiseLossLoop<T> = (
  Int, UnsafePointer<T>, UnsafePointer<T>, _ factor: T, _ gradient: UnsafeMutablePointer<T>
) -> Double

/// A loss that is a mean or a sum over elements, with its gradient in the memory of the output.
func elementwiseLoss(
  _ name: String, _ output: consuming Tensor, _ target: Tensor, _ reduction: Reduction,
  _ float32: ElementwiseLossLoop<Float>, _ float64: ElementwiseLossLoop<Double>
) -> (value: Double, gradient: Tensor) {
  let (shape, dtype, count) = (output.shape, output.dtype, output.count)
  require(
    shape == target.shape && dtype == target.dtype,
    "\(name): an output of shape \(shape) (\(dtype)) needs a target of the same, "
      + "not \(target.shape) (\(target.dtype)); reshape one, nothing is broadcast")
  require(count > 0, "\(name): the output has no elements, shape \(shape)")
  let scale = reduction == .mean ? 1 / Double(count) : 1
  var total = 0.0
  func run<T: TensorScalar>(_ scale: T, _ loop: ElementwiseLossLoop<T>) {
    output.overwrite { old, new in
      let (y, t, dy) = (old.pointer(T.self), target.pointer(T.self), new.mutablePointer(T.self))
      total = parallelSum(over: count, grain: elementGrain) { range in
        let i = range.lowerBound
        return loop(range.count, y + i, t + i, scale, dy + i)
      }
    }
  }
  switch dtype {
  case .float32: run(Float(scale), float32)
  case .float64: run(scale, float64)
  case .int32: refuseIntegers(name)
  }
  return (total * scale, output)
}

extension Reduction {
  /// What a sum over the elements is divided by.
  func divisor(over elements: Int) -> Double { self == .mean ? Double(elements) : 1 }
}
