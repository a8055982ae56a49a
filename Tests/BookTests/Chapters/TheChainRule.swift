import Strata

func theChainRule(_ print: Printer) {
  let square = { (x: Variable) in pow(3 * x + 2, 2) }
  print(valueWithGradient(of: { square($0).sum() }, at: [1] as Tensor))

  let paths = { (x: Variable) in (x + 1) * pow(x, 2) }
  print(gradient(of: { paths($0).sum() }, at: [2] as Tensor))
  let (u, v) = (2.0 + 1, 2.0 * 2)
  print(v * 1, "along the first,", u * 2 * 2, "along the second")

  let w: Tensor = [[1, 2, 3], [4, 5, 6]]
  let y = { (x: Variable) in matmul(Variable(w), x.reshaped(to: [3, 1])).reshaped(to: [2]) }
  print(jacobian(of: y, at: [1, 0, -1] as Tensor).matrix)
  print(y(Variable([1, 0, -1])).value, 2 * y(Variable([1, 0, -1])).value)
  print(gradient(of: { (y($0) * y($0)).sum() }, at: [1, 0, -1] as Tensor))

  let (m, k) = (64, 32)
  let jacobians = withSeed(1) { (0..<k).map { _ in Tensor(normal: [m, m]) / 8 } }
  let g = withSeed(2) { Tensor(normal: [1, m]) }
  var multiplications = 0
  func product(_ a: Tensor, _ b: Tensor) -> Tensor {
    multiplications += a.shape[0] * a.shape[1] * b.shape[1]
    return matmul(a, b)
  }
  let fromLoss = jacobians.reversed().reduce(g) { product($0, $1) }
  print("from the loss:", multiplications)
  multiplications = 0
  let columns = jacobians.reduce(Tensor(eye: m)) { product($1, $0) }
  print("from the input:", multiplications)
  print("the same gradient:", abs(fromLoss - matmul(g, columns)).max().item < 1e-4)

  let loss = { (x: Variable) in pow(x, 2).sum() }
  let inputs = Tensor(ones: [1000])
  print(jacobian(of: loss, at: inputs, by: .forward).passes, "passes forward")
  print(jacobian(of: loss, at: inputs, by: .reverse).passes, "pass in reverse")

  print(round(gradient(of: { (sin($0) * sin($0)).sum() }, at: [0.5] as Tensor) * 10_000) / 10_000)
  print(gradient(of: { (x: Variable) in (x / (1 + x)).sum() }, at: [1] as Tensor))
  print(jacobian(of: { (x: Variable) in x * x.sum() }, at: [1, 2] as Tensor).matrix)
}
