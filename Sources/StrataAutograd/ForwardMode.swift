import StrataLayers
import StrataTensor

/// f(x) and its derivative along a direction v, J·v, by dual numbers: each operation takes x and ẋ to y and ẏ.
public func jvp(
  of f: (Variable) throws -> Variable, at x: Tensor, along v: Tensor
) rethrows -> (value: Tensor, tangent: Tensor) {
  try jvp(of: { try f($0[0]) }, at: [x] as [Tensor], along: [v])
}

/// The same for several inputs, with a direction for each.
@_disfavoredOverload
public func jvp(
  of f: ([Variable]) throws -> Variable, at x: [Tensor], along v: [Tensor]
) rethrows -> (value: Tensor, tangent: Tensor) {
  let y = try TapeRecorder.$current.withValue(nil) { try f(dual(x, v)) }
  return (y.value, y.tangent ?? Tensor(zeros: y.shape, dtype: y.dtype))
}

/// H·v, the second derivative of a function that gives one number, along v: forward mode through the reverse
/// one, at the cost of a few evaluations whatever the size of H.
public func hessianVectorProduct(
  of f: (Variable) throws -> Variable, at x: Tensor, along v: Tensor
) rethrows -> Tensor {
  let (y, tape) = try Tape.record({ try f($0[0]) }, at: dual([x], [v]))
  var unused = Gradients()
  return (consume tape).sweep(Variable(one(y)), &unused)[0]?.tangent ?? Tensor(zeros: x.shape, dtype: x.dtype)
}

/// H, of shape [n, n] for the n elements of x, by a Hessian-vector product for each.
public func hessian(of f: (Variable) throws -> Variable, at x: Tensor) rethrows -> Tensor {
  let rows = try (0..<x.count).map { try hessianVectorProduct(of: f, at: x, along: .basis($0, like: x)) }
  return Tensor(stacking: rows).reshaped(to: [x.count, x.count])
}

extension Tensor {
  /// 1 at one element, 0 at the others.
  static func basis(_ index: Int, like x: Tensor) -> Tensor {
    Tensor(oneHot: Tensor(labels: [index]), classes: x.count, dtype: x.dtype).reshaped(to: x.shape)
  }
}

private func dual(_ x: [Tensor], _ v: [Tensor]) -> [Variable] {
  let (found, expected) = (v.map(\.shape), x.map(\.shape))
  require(found == expected, "along: the direction has shapes \(found), the inputs have \(expected)")
  return zip(x, v).map { Variable($0, tangent: $1) }
}
