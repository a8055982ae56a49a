import StrataTensor

/// A loss that is a mean or a sum over elements: all but the loop is written here, once.
package protocol ElementwiseLoss: Loss {
  var reduction: Reduction { get }

  /// The sum of the loss over `count` elements of output and target; writes `factor` times its derivative.
  func sum<T: KernelScalar>(
    _ count: Int, _ output: UnsafePointer<T>, _ target: UnsafePointer<T>, _ factor: T,
    _ gradient: UnsafeMutablePointer<T>
  ) -> Double
}

extension ElementwiseLoss {
  public func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let (shape, dtype, count) = (output.shape, output.dtype, output.count)
    require(
      shape == target.shape && dtype == target.dtype,
      "\(Self.self): an output of shape \(shape) (\(dtype)) needs a target of the same, "
        + "not \(target.shape) (\(target.dtype)); reshape one, nothing is broadcast")
    require(count > 0, "\(Self.self): the output has no elements, shape \(shape)")
    let scale = 1 / divisor(of: target)
    var total = 0.0
    func run<T: KernelScalar>(_: T.Type, _ old: Tensor, into new: Tensor) {
      let (y, t, dy, factor) = (old.pointer(T.self), target.pointer(T.self), new.mutablePointer(T.self), T(scale))
      total = parallelSum(over: count, grain: elementGrain) { range in
        let i = range.lowerBound
        return sum(range.count, y + i, t + i, factor, dy + i)
      }
    }
    output.overwrite { old, new in dtype.withKernels(for: "\(Self.self)") { run($0, old, into: new) } }
    return (total * scale, output)
  }

  public func divisor(of target: Tensor) -> Double { reduction.divisor(over: target.count) }
}

extension Reduction {
  /// What a sum over the elements is divided by.
  func divisor(over elements: Int) -> Double { self == .mean ? Double(elements) : 1 }
}
