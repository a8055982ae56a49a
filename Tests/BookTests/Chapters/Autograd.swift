import Strata

func autograd(_ print: Printer) {
  let weight = Parameter(Tensor([2] as [Float]))
  let step = { (x: Tensor) in gradients { pow(weight.variable * Variable(x), 2).sum() } }
  let (loss, first) = step([3])
  print("L =", loss, "dL/dw =", first[weight]!)

  let second = step([1]).gradients
  var sum = first
  sum.add(second)
  print("two batches:", first[weight]!, "+", second[weight]!, "=", sum[weight]!)
  print("again from nothing:", step([3]).gradients[weight]!)

  struct Square: CustomFunction {
    func value(_ x: Tensor) -> Tensor { x * x }
    func pullback(_ dy: Variable, _ x: Variable, _ y: Variable) -> Variable { 2 * x * dy }
  }
  print(gradient(of: { (x: Variable) in (x * x).sum() }, at: [5] as Tensor))
  print(gradient(of: { Square()($0).sum() }, at: [5] as Tensor))
  print(hessian(of: { Square()($0).sum() }, at: [5] as Tensor))

  struct Rounded: CustomFunction {
    func value(_ x: Tensor) -> Tensor { round(x) }
    func pullback(_ dy: Variable, _ x: Variable, _ y: Variable) -> Variable { dy }
  }
  print(gradient(of: { (x: Variable) in (3 * round(x)).sum() }, at: [1.6] as Tensor))
  print(gradient(of: { (3 * Rounded()($0)).sum() }, at: [1.6] as Tensor))

  var x: Tensor = [1, 2]
  let before = x
  x += 10
  print(x, before)
}
