import StrataTensor

/// A layer that applies one function, y = f(x), to each element or to each row, which it names as its
/// ``function``.
///
/// The backward of such a function needs dy and either x or y. Where y is enough it is what is cached, since
/// the next layer caches it too, so that it takes no additional memory.
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
  /// A function of each element, with its parameter where it has one.
  init(_ kernel: ActivationKernel, _ parameter: Double = 0, keeping kept: Kept) {
    self.init(keeping: kept) {
      $0.mapped(by: kernel, parameter)
    } pullback: {
      $0.multiplied(byDerivative: kernel, parameter, at: $1)
    }
  }

  /// A function of each row along an axis; y is kept.
  init(_ kernel: RowActivationKernel, along axis: Int) {
    self.init(keeping: .output) { x in
      if axis == -1 { return x.mapped(by: kernel) }
      return x.transposed(axis, -1).mapped(by: kernel).transposed(axis, -1)
    } pullback: { dy, y in
      if axis == -1 { return dy.multiplied(byJacobian: kernel, at: y) }
      return dy.transposed(axis, -1).multiplied(byJacobian: kernel, at: y.transposed(axis, -1)).transposed(axis, -1)
    }
  }
}

extension Activation {
  /// The type's name, as of a function without parameters.
  public var description: String { "\(Self.self)()" }

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
