// A custom layer, its gradient check, and its use in a model: copy this file to start your own.
//
//   swift run -c release custom-layer

import Strata
import StrataTesting

/// A layer that computes y = x · σ(βx) with a learnt β.
///
/// Ramachandran, Zoph and Le, "Searching for Activation Functions", 2017.
///
/// # Backward
/// With s = σ(z) and z = βx: dy/dz = x · s(1 − s), dz/dβ = x and dz/dx = β, so
/// dβ = Σ dy · x · s(1 − s) · x and dx = dy · s + β · dy · x · s(1 − s).
struct Swish: Layer {
  let beta = Parameter([], initialValue: 1.5)

  func forward(_ x: Tensor) -> (Tensor, (x: Tensor, s: Tensor, beta: Tensor)) {
    let beta = beta.value
    let s = sigmoid(beta * x)
    return (x * s, (x, s, beta))
  }

  func backward(_ dy: Tensor, _ cache: (x: Tensor, s: Tensor, beta: Tensor), _ gradients: inout Gradients) -> Tensor {
    let dz = dy * cache.x * cache.s * (1 - cache.s)
    gradients.add((dz * cache.x).sum(), to: beta)
    return dy * cache.s + cache.beta * dz
  }
}

/// The same layer with only a forward; the tape derives the backward.
struct TapedSwish: DifferentiableLayer {
  let beta = Parameter([], initialValue: 1.5)

  func forward(_ x: Variable) -> Variable { x * sigmoid(beta.variable * x) }
}

if Runtime.isDebugBuild { print("This is a debug build, which is slow; run with -c release.") }

// First the checks of everything that Strata requires of a layer. A test consists of this line.
print("Conformance checks of ", terminator: "")
print(try checkLayer(Swish(), input: [3, 5]))
print("Gradient check of TapedSwish, whose backward is derived:")
print(try checkGradients(of: TapedSwish(), input: [3, 5]))
print("Gradient check of a model that uses Swish:")
let model = withSeed(1) {
  Sequential {
    Linear(2, 16)
    Swish()
    Linear(16, 1)
  }
}
print(try checkGradients(of: model, input: [4, 2]))

// Then training: the model learns y = x₀ · x₁ on the square −1...1.
var random = RandomGenerator(seed: 1, stream: 1 << 20)
let inputs = Tensor(uniform: [512, 2], in: -1..<1, using: &random)
let targets = Tensor((0..<512).map { Float(inputs[$0, 0].item * inputs[$0, 1].item) }, shape: [512, 1])
var optimizer = Adam(for: model, learningRate: 1e-2)
for step in 1...500 {
  let (loss, gradients) = model.gradients(at: inputs) { outputs in
    MeanSquaredError().evaluate(outputs, targets)
  }
  try optimizer.update(along: gradients)
  if step % 100 == 0 { print("step \(step): loss \(loss), β = \(model.parameters[2].parameter.value)") }
}
