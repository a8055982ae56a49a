import ExampleSupport
import Strata

/// Returns the trace of L = (wx + b − y)², the loss of a model with one weight on one example.
func squaredError() -> Trace {
  trace(
    of: { v in
      let (w, x, b, y) = (v[0], v[1], v[2], v[3])
      let prediction = ((w * x).named("wx") + b).named("ŷ")
      return pow((prediction - y).named("e"), 2).named("L")
    }, at: ["w": [2], "x": [3], "b": [1], "y": [8]])
}

func showDerivations(_ io: ExampleIO) {
  func section(_ title: String) { io.say("\n\(title)\n\(String(repeating: "═", count: title.count))\n") }

  section("1. A squared error: L = (wx + b − y)² at w = 2, x = 3, b = 1, y = 8")
  io.say("Forward computes each node from earlier ones. Backward computes upstream · local derivative.\n")
  io.say("\(squaredError())")
  io.say("\ndL/dw = −6 and dL/db = −2: a descent step raises w and b, and the prediction moves from 7 toward 8.")

  section("2. A product of a sum: (x + y)z at −2, 5, −4")
  io.say("The derivative of a product by one factor is the other; a sum passes its gradient to both terms.\n")
  io.say(
    "\(trace(of: { v in ((v[0] + v[1]).named("s") * v[2]).named("L") }, at: ["x": [-2], "y": [5], "z": [-4]]))")

  section("3. Fan-out: x · x at 3")
  io.say("x is used twice, so its gradients add: 3, then 3 + 3 = 2x.\n")
  io.say("\(trace(of: { v in (v[0] * v[0]).named("L") }, at: ["x": [3]]))")

  section("4. Forward mode: f = x₁x₂ + sin x₁ at (2, 3)")
  io.say("Each number carries its derivative along a direction. That is x₂ + cos x₁ along x₁, and x₁ along x₂.\n")
  let f = { (x: [Variable]) in x[0] * x[1] + sin(x[0]) }
  let point: [Tensor] = [[2], [3]]
  for (name, direction) in [("x₁", [[1], [0]]), ("x₂", [[0], [1]])] as [(String, [Tensor])] {
    let (value, tangent) = jvp(of: f, at: point, along: direction)
    io.say("f = \(value.item)   ∂f/∂\(name) = \(tangent.item)")
  }
  io.say("Reverse mode computes both at once: \(gradient(of: f, at: point).map(\.item))")

  section("5. Which mode is cheaper")
  let many = jacobian(of: { x in (x * x).sum() }, at: Tensor(ones: [1_000_000]))
  io.say("1,000,000 inputs, 1 output: \(many.mode) mode, passes: \(many.passes)")
  let times = Tensor((0..<1000).map { Float($0) / 100 })
  let curve = jacobian(of: { x in sin(x * Variable(times)) }, at: [0.5])
  io.say("1 input, 1,000 outputs:     \(curve.mode) mode, passes: \(curve.passes)")

  section("6. Second derivatives: Newton's method on f = (1 − x₁)² + 100 (x₂ − x₁²)²")
  io.say("Forward mode over reverse mode gives the Hessian H; each step solves H·Δ = −∇f.\n")
  newton(io)
}

/// Minimizes Rosenbrock's function, whose only minimum is at (1, 1); gradient descent takes thousands of steps.
private func newton(_ io: ExampleIO) {
  let f = { (x: Variable) in (pow(1 - x[0], 2) + 100 * pow(x[1] - pow(x[0], 2), 2)).reshaped(to: [1]) }
  var x = Tensor([-1.2, 1] as [Double])
  for step in 0...6 {
    let (value, slope) = valueWithGradient(of: f, at: x)
    io.say("step \(step): x = \(x), f = \(value)")
    let (h, g) = (hessian(of: f, at: x).elements(as: Double.self), slope.elements(as: Double.self))
    let determinant = h[0] * h[3] - h[1] * h[2]
    x -= Tensor([h[3] * g[0] - h[1] * g[1], h[0] * g[1] - h[2] * g[0]]) / determinant
  }
}
