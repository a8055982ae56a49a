import StrataTensor

/// A loss that is a mean or a sum over elements: all but the loop is written here, once.
package protocol ElementwiseLoss: Loss {
  var reduction: Reduction { get }

  /// What is wrong with the elements of a target, which is looked at before training; nil where nothing is.
  func problem(of target: Tensor) -> String?

  /// The sum of the loss over `count` elements of output and target; writes `factor` times its derivative.
  func sum<T: KernelScalar>(
    _ count: Int, _ output: UnsafePointer<T>, _ target: UnsafePointer<T>, _ factor: T,
    _ gradient: UnsafeMutablePointer<T>
  ) -> Double
}

extension ElementwiseLoss {
  public func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let (shape, dtype, count) = (output.shape, output.dtype, output.count)
    requireTarget(target, for: shape, dtype)
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

  public func validate(_ target: Tensor, for output: [Shape]) throws {
    try requireFit(of: target, for: output[0])
    if let problem = problem(of: target) { throw TargetError("\(Self.self): \(problem)") }
  }

  /// What is wrong with the elements of a target; nil by default.
  package func problem(of target: Tensor) -> String? { nil }

  public func divisor(of target: Tensor) -> Double { reduction.divisor(over: target.count) }
}

extension Loss {
  /// Throws unless a target has the output's shape and can be of its type.
  func requireFit(of target: Tensor, for output: Shape) throws(TargetError) {
    if output.count == 0 { throw TargetError("\(Self.self): the output has no elements, shape \(output)") }
    if !target.dtype.isFloatingPoint {
      throw TargetError(
        "\(Self.self): the target must be floating-point, not int32: convert it with converted(to: .float32); class "
          + "indices are for SoftmaxCrossEntropy")
    }
    if target.shape != output {
      throw TargetError(
        "\(Self.self): an output of shape \(output) needs a target of the same shape, not \(target.shape), for nothing is "
          + "broadcast; "
          + (target.count == output.count
            ? "use target.reshaped(to: \(output))" : "give the last layer as many outputs as the target has"))
    }
  }

  /// Stops the program unless a target fits an output of this shape and type.
  func requireTarget(_ target: Tensor, for output: Shape, _ dtype: DType) {
    do { try requireFit(of: target, for: output) } catch { stop("\(error)") }
    require(
      target.dtype == dtype,
      "\(Self.self): the output is \(dtype), the target \(target.dtype); convert one with converted(to:)")
  }
}

extension Reduction {
  /// What a sum over the elements is divided by.
  func divisor(over elements: Int) -> Double { self == .mean ? Double(elements) : 1 }
}
