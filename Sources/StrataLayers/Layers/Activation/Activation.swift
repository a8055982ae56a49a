import StrataTensor

/// A layer that applies one function, y = f(x), to each element or to each row, which it names as its
/// ``function``.
///
/// The backward of such a function needs dy and either x or y. Where y is enough it is what is cached, since
/// the next layer keeps it as well: no memory of its own.
public protocol Activation: Layer, CustomStringConvertible where Cache == ActivationCache {
  /// f and its backward.
  var function: ActivationFunction { get }
}

/// What an ``Activation`` keeps of one forward: x or y.
public struct ActivationCache: Sendable {
  let kept: Tensor
}

/// A function f, and its vector-Jacobian product in terms of dy and of x or y.
public struct ActivationFunction: Sendable {
  /// Which of the two the backward reads. The output costs no memory where the next layer keeps it as its input.
  public enum Kept: Sendable { case input, output }

  let kept: Kept
  let value: @Sendable (_ x: consuming Tensor) -> Tensor
  let pullback: @Sendable (_ dy: consuming Tensor, _ kept: Tensor) -> Tensor

  /// A function and its backward.
  ///
  /// - Parameters:
  ///   - kept: What the backward is given besides dy.
  ///   - value: From x to y.
  ///   - pullback: From dy and what was kept to dx.
  public init(
    keeping kept: Kept, value: @escaping @Sendable (_ x: consuming Tensor) -> Tensor,
    pullback: @escaping @Sendable (_ dy: consuming Tensor, _ kept: Tensor) -> Tensor
  ) { (self.kept, self.value, self.pullback) = (kept, value, pullback) }
}

extension ActivationFunction {
  /// A function of each element.
  init(keeping kept: Kept, _ forward: UnaryKernel, _ backward: ActivationBackwardKernel) {
    self.init(keeping: kept) {
      $0.mapped(by: forward)
    } pullback: {
      $0.multiplied(byDerivative: backward, at: $1)
    }
  }

  /// A function of each element with one parameter, from the kernels of both precisions.
  init(
    _ name: String, _ parameter: Double = 0, keeping kept: Kept, _ float32: @escaping Loop<Float>,
    _ float64: @escaping Loop<Double>, backward backward32: @escaping BackwardLoop<Float>,
    _ backward64: @escaping BackwardLoop<Double>
  ) {
    let rounded = Float(parameter)
    self.init(
      keeping: kept, UnaryKernel(name, { float32($0, rounded, $1, $2) }, { float64($0, parameter, $1, $2) }),
      ActivationBackwardKernel(
        name, { backward32($0, rounded, $1, $2, $3) }, { backward64($0, parameter, $1, $2, $3) }))
  }

  /// A function of each row along the last axis, from the kernels of both precisions; y is kept.
  init(
    ofRows name: String, _ float32: @escaping RowLoop<Float>, _ float64: @escaping RowLoop<Double>,
    backward backward32: @escaping RowBackwardLoop<Float>, _ backward64: @escaping RowBackwardLoop<Double>
  ) {
    self.init(keeping: .output) { x in
      x.overwritingRows(name) { rows, width, start, x, y in
        if x.dtype == .float32 {
          float32(rows, width, x.read(start), y.write(start))
        } else {
          float64(rows, width, x.read(start), y.write(start))
        }
      }
    } pullback: { dy, y in
      requireGradient(dy.shape, dy.dtype, like: y)
      return dy.overwritingRows(name) { rows, width, start, dy, dx in
        if dy.dtype == .float32 {
          backward32(rows, width, dy.read(start), y.read(start), dx.write(start))
        } else {
          backward64(rows, width, dy.read(start), y.read(start), dx.write(start))
        }
      }
    }
  }

  typealias RowLoop<T> = @Sendable (Int, Int, UnsafePointer<T>, UnsafeMutablePointer<T>) -> Void
  typealias RowBackwardLoop<T> =
    @Sendable (Int, Int, UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>) -> Void
  typealias Loop<T> = @Sendable (Int, T, UnsafePointer<T>, UnsafeMutablePointer<T>) -> Void
  typealias BackwardLoop<T> =
    @Sendable (Int, T, UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>) -> Void
}

extension Activation {
  public func forward(_ x: consuming Tensor) -> (Tensor, ActivationCache) {
    let function = function
    switch function.kept {
    case .input: return (function.value(copy x), ActivationCache(kept: x))
    case .output:
      let y = function.value(x)
      return (y, ActivationCache(kept: y))
    }
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming ActivationCache, _ gradients: inout Gradients
  ) -> Tensor { function.pullback(dy, cache.kept) }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { function.value(x) }
}

extension Tensor {
  /// Gives `body` blocks of rows along the last axis: how many, their length, where the first starts, what is
  /// there and where the new numbers go, which is the same memory where nobody else holds it.
  fileprivate consuming func overwritingRows(
    _ name: String, _ body: (_ rows: Int, _ width: Int, _ start: Int, _ old: Tensor, _ new: Tensor) -> Void
  ) -> Tensor {
    if dtype == .int32 { refuseIntegers(name) }
    require(rank > 0, "\(name): works along the last axis, and a tensor of shape \(shape) has none")
    let width = shape[-1]
    if count == 0 { return self }
    let rows = count / width
    overwrite { old, new in
      parallel(over: rows, grain: Swift.max(1, elementGrain / width)) { range in
        body(range.count, width, range.lowerBound * width, old, new)
      }
    }
    return self
  }
}
