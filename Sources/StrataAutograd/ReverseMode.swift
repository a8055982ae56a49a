import StrataLayers
import StrataTensor

/// dL/dx of a function that gives one number, by one backward pass.
/// No stored gradient is touched: parameters, and those of layers, are constants.
public func gradient(of f: (Variable) throws -> Variable, at x: Tensor) rethrows -> Tensor {
  try valueWithGradient(of: f, at: x).gradient
}

/// The same for several inputs. (It is disfavored, as are the others, since a literal of numbers is one tensor.)
@_disfavoredOverload
public func gradient(of f: ([Variable]) throws -> Variable, at x: [Tensor]) rethrows -> [Tensor] {
  try valueWithGradient(of: f, at: x).gradient
}

/// The number that a function gives, and its gradient.
public func valueWithGradient(
  of f: (Variable) throws -> Variable, at x: Tensor
) rethrows -> (value: Double, gradient: Tensor) {
  let (value, gradient) = try valueWithGradient(of: { try f($0[0]) }, at: [x] as [Tensor])
  return (value, gradient[0])
}

/// The same for several inputs.
@_disfavoredOverload
public func valueWithGradient(
  of f: ([Variable]) throws -> Variable, at x: [Tensor]
) rethrows -> (value: Double, gradient: [Tensor]) {
  let (y, tape) = try Tape.record(f, at: x.map { Variable($0) })
  let gradient = (consume tape).gradients(one(y))
  return (y.value.item, gradient)
}

/// The value of a function, and its vector-Jacobian product, dL/dx of dL/dy, to be called as often as wanted.
public func valueWithPullback(
  of f: (Variable) throws -> Variable, at x: Tensor
) rethrows -> (value: Tensor, pullback: @Sendable (_ dy: Tensor) -> Tensor) {
  let (value, pullback) = try valueWithPullback(of: { try f($0[0]) }, at: [x] as [Tensor])
  return (value, { pullback($0)[0] })
}

/// The same for several inputs.
@_disfavoredOverload
public func valueWithPullback(
  of f: ([Variable]) throws -> Variable, at x: [Tensor]
) rethrows -> (value: Tensor, pullback: @Sendable (_ dy: Tensor) -> [Tensor]) {
  let (y, tape) = try Tape.record(f, at: x.map { Variable($0) })
  let pullback: @Sendable (Tensor) -> [Tensor] = { dy in
    let (found, expected) = ("\(dy.dtype) of shape \(dy.shape)", "\(y.dtype) of shape \(y.shape)")
    require(found == expected, "pullback: dy is \(found), the value \(expected)")
    return tape.gradients(dy)
  }
  return (y.value, pullback)
}

/// A loss, and its gradient for every parameter that is read in it as a `variable` or by a layer.
///
/// ```swift
/// let (loss, gradients) = gradients { SoftmaxCrossEntropy()(model(Variable(images)), labels) }
/// try optimizer.update(along: gradients)
/// ```
public func gradients(of loss: () throws -> Variable) rethrows -> (value: Double, gradients: Gradients) {
  let (y, tape) = try Tape.record({ _ in try loss() }, at: [], learns: true)
  var gradients = Gradients()
  _ = (consume tape).sweep(Variable(one(y)), &gradients, wantsInputs: false)
  gradients.closePass(after: 0)
  return (y.value.item, gradients)
}

/// dy/dy of a function that must give one number.
func one(_ y: Variable) -> Tensor {
  require(
    y.shape.count == 1,
    "gradient: the function must give one number, not shape \(y.shape); sum it, or use valueWithPullback")
  return Tensor(ones: y.shape, dtype: y.dtype)
}
