import Strata

func forwardAndReverse(_ print: Printer) {
  func rounded(_ x: Tensor) -> Tensor { round(x * 10_000) / 10_000 }
  let f = { (x: [Variable]) in x[0] * x[1] + sin(x[0]) }
  let point: [Tensor] = [[2], [3]]
  let (value, alongFirst) = jvp(of: f, at: point, along: [[1], [0]])
  let (_, alongSecond) = jvp(of: f, at: point, along: [[0], [1]])
  print("f =", rounded(value), "forward:", rounded(alongFirst), rounded(alongSecond))

  let both = gradient(of: { f($0).sum() }, at: point)
  print("reverse:", rounded(both[0]), rounded(both[1]))

  let many = jacobian(of: { (x: Variable) in (x * x).sum() }, at: Tensor(ones: [1_000_000]))
  print("1000000 inputs, 1 output:", many.mode, "mode,", many.passes, "pass")
  let times = Tensor((0..<1000).map { Float($0) / 1000 })
  let curve = jacobian(of: { x in sin(x * Variable(times)) }, at: [0.5] as Tensor)
  print("1 input, 1000 outputs:", curve.mode, "mode,", curve.passes, "pass")

  let valley = { (x: Variable) in pow(1 - x[0], 2) + 100 * pow(x[1] - pow(x[0], 2), 2) }
  print(hessian(of: { valley($0).sum() }, at: [1, 1] as Tensor))
  print(hessianVectorProduct(of: { valley($0).sum() }, at: [1, 1] as Tensor, along: [1, 2] as Tensor))

  let cubed = { (x: Variable) in (x * x * x).sum() }
  print(hessian(of: cubed, at: [2] as Tensor))
}
