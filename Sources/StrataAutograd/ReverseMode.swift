import StrataLayers
import StrataTensor

/// Returns dL/dx of a scalar function, by one backward pass.
///
/// ```swift
/// let saliency = gradient(of: { x in model(x)[0][7] }, at: image)        // of a score, in inference
/// ```
///
/// Here and in all functions that differentiate by inputs, a model that is called runs in inference
/// (`model.forward(x)` in training), and its parameters are constants.
public func gradient(of f: (Variable) throws -> Variable, at x: Tensor) rethrows -> Tensor {
  try valueWithGradient(of: f, at: x).gradient
}

/// Returns dL/dx for each of several inputs. (Disfavored, like its siblings, since a literal of numbers is one tensor.)
@_disfavoredOverload
public func gradient(of f: ([Variable]) throws -> Variable, at x: [Tensor]) rethrows -> [Tensor] {
  try valueWithGradient(of: f, at: x).gradient
}

/// Returns the value of a scalar function and its gradient.
public func valueWithGradient(
  of f: (Variable) throws -> Variable, at x: Tensor
) rethrows -> (value: Double, gradient: Tensor) {
  let (value, gradient) = try valueWithGradient(of: { try f($0[0]) }, at: [x] as [Tensor])
  return (value, gradient[0])
}

/// Returns the value of a scalar function of several inputs and its gradients.
@_disfavoredOverload
public func valueWithGradient(
  of f: ([Variable]) throws -> Variable, at x: [Tensor]
) rethrows -> (value: Double, gradient: [Tensor]) {
  let (y, tape) = try Tape.record(at: x.map { Variable($0) }, f)
  let gradient = (consume tape).gradients(one(y))
  return (y.value.item, gradient)
}

/// Returns the value of a function and its vector-Jacobian product, dL/dx given dL/dy, which may be called repeatedly.
public func valueWithPullback(
  of f: (Variable) throws -> Variable, at x: Tensor
) rethrows -> (value: Tensor, pullback: @Sendable (_ dy: Tensor) -> Tensor) {
  let (value, pullback) = try valueWithPullback(of: { try f($0[0]) }, at: [x] as [Tensor])
  return (value, { pullback($0)[0] })
}

/// Returns the value of a function of several inputs and its vector-Jacobian product.
@_disfavoredOverload
public func valueWithPullback(
  of f: ([Variable]) throws -> Variable, at x: [Tensor]
) rethrows -> (value: Tensor, pullback: @Sendable (_ dy: Tensor) -> [Tensor]) {
  let (y, tape) = try Tape.record(at: x.map { Variable($0) }, f)
  let pullback: @Sendable (Tensor) -> [Tensor] = { dy in
    let (found, expected) = ("\(dy.dtype) of shape \(dy.shape)", "\(y.dtype) of shape \(y.shape)")
    require(found == expected, "pullback: dy is \(found), the value \(expected)")
    return tape.gradients(dy)
  }
  return (y.value, pullback)
}

/// Returns a loss and its gradient for every parameter that it reads as a `variable` or through a module: a training
/// step, so modules that are called in it, `model(x)`, run in training mode.
///
/// ```swift
/// let (loss, gradients) = gradients { SoftmaxCrossEntropy()(model(Variable(images)), labels) }
/// try optimizer.update(along: gradients)
/// ```
public func gradients(of loss: () throws -> Variable) rethrows -> (value: Double, gradients: Gradients) {
  let (y, tape) = try Tape.record(learns: true, infers: false, at: []) { _ in try loss() }
  var gradients = Gradients()
  _ = (consume tape).sweep([Variable(one(y))], &gradients, wantsInputs: false)
  gradients.closePass(after: 0)
  return (y.value.item, gradients)
}

/// Returns dy/dy of a function that must return one number.
func one(_ y: Variable) -> Tensor {
  require(
    y.shape.count == 1,
    "gradient: the function must give one number, not shape \(y.shape); sum it, or use valueWithPullback")
  return Tensor(ones: y.shape, dtype: y.dtype)
}
