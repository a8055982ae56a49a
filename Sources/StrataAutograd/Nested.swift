import StrataTensor

/// Returns dL/dx of a scalar function as a variable, which the function that is being differentiated around it may use:
/// a gradient inside a gradient, to any depth.
///
/// ```swift
/// let penalty = gradients {                              // WGAN-GP: (‖∂critic/∂x‖ − 1)², by the critic's parameters
///   let slope = gradient(of: { critic($0).sum() }, at: Variable(x))
///   return pow(slope.norm(along: 1) - 1, 2).mean()
/// }
/// ```
///
/// The function may read variables of the outer one; with respect to them the result is differentiated too. Modules and
/// objectives in it are ``DecomposableModule``s and ``DecomposableObjective``s, as Strata's are. Outside of any
/// differentiation the result is a constant.
public func gradient(of f: (Variable) throws -> Variable, at x: Variable) rethrows -> Variable {
  try valueWithGradient(of: f, at: x).gradient
}

/// Returns dL/dx for each of several inputs, as variables.
@_disfavoredOverload
public func gradient(of f: ([Variable]) throws -> Variable, at x: [Variable]) rethrows -> [Variable] {
  try valueWithGradient(of: f, at: x).gradient
}

/// Returns the value of a scalar function and its gradient, as variables.
public func valueWithGradient(
  of f: (Variable) throws -> Variable, at x: Variable
) rethrows -> (value: Variable, gradient: Variable) {
  let (value, gradient) = try valueWithGradient(of: { try f($0[0]) }, at: [x] as [Variable])
  return (value, gradient[0])
}

/// Returns the value of a scalar function of several inputs and its gradients, as variables.
@_disfavoredOverload
public func valueWithGradient(
  of f: ([Variable]) throws -> Variable, at x: [Variable]
) rethrows -> (value: Variable, gradient: [Variable]) {
  try nested(f, at: x) { y, pullback in pullback(Variable(one(y))) }
}

/// Returns f(x) and the Jacobian-vector product J·v, as variables.
///
/// Jᵀu is linear in u, and J·v is the derivative of ⟨Jᵀu, v⟩ by u: two passes in reverse, on the tape.
public func jvp(
  of f: (Variable) throws -> Variable, at x: Variable, along v: Variable
) rethrows -> (value: Variable, tangent: Variable) {
  try jvp(of: { try f($0[0]) }, at: [x] as [Variable], along: [v])
}

/// Returns the value and the Jacobian-vector product of a function of several inputs, as variables.
@_disfavoredOverload
public func jvp(
  of f: ([Variable]) throws -> Variable, at x: [Variable], along v: [Variable]
) rethrows -> (value: Variable, tangent: Variable) {
  requireDirection(v.map(\.shape), for: x.map(\.shape))
  let (value, tangent) = try nested(f, at: x) { y, pullback in
    let product: Variable = gradient(
      of: { (u: Variable) in
        zip(pullback(u), v).reduce(u.constant(0)) { sum, part in sum + (part.0 * part.1).sum() }
      }, at: y.zeros)
    return [product]
  }
  return (value, tangent[0])
}

/// Stops the program unless there is a direction for each input.
func requireDirection(_ found: [Shape], for expected: [Shape]) {
  require(found == expected, "along: the direction has shapes \(found), the inputs have \(expected)")
}

/// Returns f(x) and what a function makes of it and of its vector-Jacobian product, on the tape of the function that is
/// being differentiated; without one on a tape that ends here.
private func nested(
  _ f: ([Variable]) throws -> Variable, at x: [Variable],
  _ derivative: (_ y: Variable, _ pullback: (_ dy: Variable) -> [Variable]) -> [Variable]
) rethrows -> (Variable, [Variable]) {
  let outer = Differentiation.current.recorder
  let recorder = outer ?? TapeRecorder()
  let (y, derivatives) = try Differentiation.with {
    ($0.recorder, $0.decomposes) = (recorder, true)
  } run: {
    let inputs = x.map { x in
      TapeRecorder.note("at", [x], x.unlinked, keeping: [], on: recorder) { dy, _, _, _ in [dy] }
    }
    let y = try f(inputs)
    require(
      y.link.map { $0.recorder === recorder } ?? true,
      "autograd: the function returned a variable of another differentiation; return one that it made itself")
    return (y, derivative(y) { dy in recorder.pullback(dy, of: y, to: inputs) })
  }
  if outer != nil { return (y, derivatives) }
  _ = recorder.finish()
  return (y.unlinked, derivatives.map(\.unlinked))
}
