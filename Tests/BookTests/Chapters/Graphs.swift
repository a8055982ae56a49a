import Strata

func graphs(_ print: Printer) {
  let error = trace(
    of: { v in
      let (w, x, b, y) = (v[0], v[1], v[2], v[3])
      let prediction = ((w * x).named("wx") + b).named("ŷ")
      return pow((prediction - y).named("e"), 2).named("L")
    }, at: ["w": [2], "x": [3], "b": [1], "y": [8]])
  print(error)

  print(trace(of: { v in (v[0] + v[1]) * v[2] }, at: ["x": [-2], "y": [5], "z": [-4]]))

  print(trace(of: { v in v[0] * v[0] }, at: ["x": [3]]))

  print(gradient(of: { (x: Variable) in (x * x * x).sum() }, at: [2] as Tensor))
  print(gradient(of: { v in (v[0] * v[1] + v[0]).sum() }, at: [[3] as Tensor, [4]]))
  print(gradient(of: { (x: Variable) in maximum(x, 2 * x).sum() }, at: [-1] as Tensor))
}
