import StrataLayers
import StrataTensor

/// Returns f(x) and the Jacobian-vector product J·v, by dual numbers: each operation maps (x, ẋ) to (y, ẏ).
public func jvp(
  of f: (Variable) throws -> Variable, at x: Tensor, along v: Tensor
) rethrows -> (value: Tensor, tangent: Tensor) {
  try jvp(of: { try f($0[0]) }, at: [x] as [Tensor], along: [v])
}

/// Returns the value and the Jacobian-vector product of a function of several inputs, with a direction for each.
@_disfavoredOverload
public func jvp(
  of f: ([Variable]) throws -> Variable, at x: [Tensor], along v: [Tensor]
) rethrows -> (value: Tensor, tangent: Tensor) {
  let y = try Differentiation.recording(on: nil) { try f(dual(x, v)) }
  return (y.value, y.tangent ?? Tensor(zeros: y.shape, dtype: y.dtype))
}

/// Returns the Hessian-vector product H·v of a scalar function, by forward mode over reverse mode, at the cost of
/// a few evaluations regardless of the size of H.
public func hessianVectorProduct(
  of f: (Variable) throws -> Variable, at x: Tensor, along v: Tensor
) rethrows -> Tensor {
  try hessianVectorProduct(of: { try f($0[0]) }, at: [x] as [Tensor], along: [v])[0]
}

/// Returns the Hessian-vector product of a scalar function of several inputs, with a direction for each: the part of
/// each input in H·v, H being the second derivatives by all inputs.
@_disfavoredOverload
public func hessianVectorProduct(
  of f: ([Variable]) throws -> Variable, at x: [Tensor], along v: [Tensor]
) rethrows -> [Tensor] {
  let (y, tape) = try Tape.record(at: dual(x, v), f)
  var unused = Gradients.discarding
  return zip((consume tape).sweep([Variable(one(y))], &unused), x).map { $0?.tangent ?? $1.zeros }
}

/// Returns the Hessian H, of shape [n, n] for the n elements of x, by n Hessian-vector products.
public func hessian(of f: (Variable) throws -> Variable, at x: Tensor) rethrows -> Tensor {
  let rows = try (0..<x.count).map { try hessianVectorProduct(of: f, at: x, along: .basis($0, like: x)) }
  return Tensor(stacking: rows).reshaped(to: [x.count, x.count])
}

extension Tensor {
  /// Returns a tensor that is 1 at one element and 0 elsewhere.
  static func basis(_ index: Int, like x: Tensor) -> Tensor {
    Tensor(oneHot: Tensor(labels: [index]), classes: x.count, dtype: x.dtype).reshaped(to: x.shape)
  }
}

private func dual(_ x: [Tensor], _ v: [Tensor]) -> [Variable] {
  requireDirection(v.map(\.shape), for: x.map(\.shape))
  return zip(x, v).map { Variable($0, tangent: $1) }
}
