import StrataTensor

/// A loss whose samples are elements: all but the loop is written here, once.
package protocol ElementwiseLoss: SampleLoss {
  /// The loss of an element, and its parameter.
  var element: (kernel: LossKernel, parameter: Double) { get }

  /// What is added to the losses that depends on the target alone; nil for nothing.
  func constants(of target: Tensor) -> Tensor?

  /// What is wrong with the elements of a target, which is looked at before training; nil where nothing is.
  func problem(of target: Tensor) -> String?

  /// What is wrong with an output of this shape; nil where nothing is.
  func problem(of output: Shape) -> String?

  /// The sum of the loss over a range of elements of output and target; writes `factor` times its derivative, and the
  /// losses where there is a place for them.
  func sum<T: KernelScalar>(
    _ range: Range<Int>, _ output: UnsafePointer<T>, _ target: UnsafePointer<T>, _ factor: T,
    _ gradient: UnsafeMutablePointer<T>, _ values: UnsafeMutablePointer<T>?
  ) -> Double
}

extension ElementwiseLoss {
  public func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let scale = 1 / divisor(of: target)
    let total = overwrite(&output, target, scale, values: nil)
    return ((total + (constants(of: target)?.total ?? 0)) * scale, output)
  }

  public func samples(_ output: consuming Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    let values = Tensor(uninitialized: output.shape, dtype: target.dtype)
    _ = overwrite(&output, target, 1, values: values)
    return (constants(of: target).map { values + $0 } ?? values, output)
  }

  /// The sum over all elements; the output becomes `scale` times its gradient.
  private func overwrite(_ output: inout Tensor, _ target: Tensor, _ scale: Double, values: Tensor?) -> Double {
    let (shape, dtype, count) = (output.shape, output.dtype, output.count)
    requireTarget(target, for: shape, dtype)
    if let problem = problem(of: shape) { stop("\(Self.self): \(problem)") }
    var total = 0.0
    func run<T: KernelScalar>(_: T.Type, _ old: Tensor, into new: Tensor) {
      let (y, t, dy, factor) = (old.pointer(T.self), target.pointer(T.self), new.mutablePointer(T.self), T(scale))
      let values = values?.mutablePointer(T.self)
      total = parallelSum(over: count, grain: elementGrain) { sum($0, y, t, factor, dy, values) }
    }
    output.overwrite { old, new in dtype.withKernels(for: "\(Self.self)") { run($0, old, into: new) } }
    return total
  }

  package func sum<T: KernelScalar>(
    _ range: Range<Int>, _ output: UnsafePointer<T>, _ target: UnsafePointer<T>, _ factor: T,
    _ gradient: UnsafeMutablePointer<T>, _ values: UnsafeMutablePointer<T>?
  ) -> Double {
    let (element, i) = (element, range.lowerBound)
    return T.loss(element.kernel)(
      range.count, output + i, target + i, T(element.parameter), factor, gradient + i, values.map { $0 + i })
  }

  public func validate(_ target: Tensor, for output: [Shape]) throws {
    try requireFit(of: target, for: output[0])
    if let problem = problem(of: output[0]) ?? problem(of: target) { throw TargetError("\(Self.self): \(problem)") }
  }

  /// What is added to the losses; nothing by default.
  package func constants(of target: Tensor) -> Tensor? { nil }

  /// What is wrong with the elements of a target; nil by default.
  package func problem(of target: Tensor) -> String? { nil }

  /// What is wrong with an output; nil by default.
  package func problem(of output: Shape) -> String? { nil }

  /// What is wrong with a target of signs.
  package func problem(ofSigns target: Tensor) -> String? {
    let magnitudes = abs(target)
    return magnitudes.min().item == 1 && magnitudes.max().item == 1
      ? nil : "targets must be 1 or -1; make them of classes 0 and 1 by 2 * target - 1"
  }
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
