import Foundation
import Strata

func productsInARow(_ print: Printer) {
  func rounded(_ x: Tensor) -> Tensor { round(x * 1000) / 1000 }
  let a: Tensor = [[1, 2], [0, 1]]
  let b: Tensor = [[1, 0], [3, 1]]
  let x: Tensor = [[1], [2]]
  let bx = matmul(b, x)
  let y = matmul(a, bx)
  print("y =", y.transposed.tensor)

  let dy = 2 * y
  let da = matmul(dy, bx.transposed)
  let dbx = matmul(a.transposed, dy)
  let db = matmul(dbx, x.transposed)
  let dx = matmul(b.transposed, dbx)
  print("dA =", da)
  print("dB =", db)
  print("dx =", dx.transposed.tensor)

  let found = gradient(
    of: { v in
      let y = matmul(matmul(v[0], v[1]), v[2])
      return (y * y).sum()
    }, at: [a, b, x])
  print(found[0] == da, found[1] == db, found[2] == dx)

  let composite = matmul(dy, x.transposed)
  print("by the composite:", composite)

  let tied = gradient(
    of: { (w: Variable) in
      let y = matmul(matmul(w, w), Variable(x))
      return (y * y).sum()
    }, at: a)
  let first = gradient(
    of: { (w: Variable) in
      let y = matmul(matmul(w, Variable(a)), Variable(x))
      return (y * y).sum()
    }, at: a)
  let second = gradient(
    of: { (w: Variable) in
      let y = matmul(matmul(Variable(a), w), Variable(x))
      return (y * y).sum()
    }, at: a)
  print("tied:", tied, "sum:", first + second)

  let one = Tensor([1, 0, 0, 0.5] as [Double], shape: [2, 2])
  var power = one
  for _ in 1..<20 { power = matmul(power, one) }
  print(String(format: "condition of one factor %.0f, of 20 factors %.0f", 1 / 0.5, 1 / power[1, 1].item))
}
