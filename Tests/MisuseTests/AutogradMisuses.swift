import Strata
import StrataTensor

/// A custom function whose dx does not have the shape of x.
private struct Careless: CustomFunction {
  func value(_ x: Tensor) -> Tensor { x }
  func pullback(_ dy: Variable, _ x: Variable, _ y: Variable) -> Variable { dy.sum() }
}

/// Misuse of variables and of the functions that differentiate them.
let autogradMisuses: [String: Misuse] = [
  "a gradient of several numbers": Misuse("one number, not shape [2]", "sum it, or use valueWithPullback") {
    _ = gradient(of: { x in x * x }, at: [1, 2])
  },
  "a Hessian of several numbers": Misuse("one number, not shape [2]") {
    _ = hessianVectorProduct(of: { x in x * x }, at: [1, 2], along: [1, 2])
  },
  "a cotangent of another shape than the value": Misuse(
    "pullback: dy is float32 of shape [3], the value float32 of shape [2]"
  ) {
    _ = valueWithPullback(of: { x in x * x }, at: [1, 2]).pullback([1, 2, 3])
  },
  "a direction of another shape": Misuse("direction has shapes [[1]]", "the inputs have [[2]]") {
    _ = jvp(of: { x in x * x }, at: [1, 2], along: [1])
  },
  "too few directions": Misuse("the direction has shapes [[1]]", "[[1], [1]]") {
    _ = jvp(of: { x in x[0] * x[1] }, at: [[1], [2]] as [Tensor], along: [[1]] as [Tensor])
  },
  "variables that do not broadcast": Misuse("+: shapes [2] and [3] do not broadcast") {
    _ = gradient(of: { x in (x + Variable([1, 2, 3])).sum() }, at: [1, 2])
  },
  "variables of two precisions": Misuse("*: one operand is float32, the other float64") {
    _ = gradient(of: { x in (x * Variable(Tensor([1.0] as [Double]))).sum() }, at: [1, 2])
  },
  "a variable of an outer differentiation": Misuse("operands of two differentiations", "stopGradient") {
    _ = gradient(of: { x in Variable(gradient(of: { v in v * x }, at: [1])) * x }, at: [1])
  },
  "a returned variable of an outer differentiation": Misuse("returned a variable of another differentiation") {
    _ = gradient(of: { x in Variable(gradient(of: { _ in x }, at: [1])) * x }, at: [1])
  },
  "a variable that has outlived its function": Misuse("·: an operand has outlived the function") {
    // The closure runs before the call returns, on this thread.
    nonisolated(unsafe) var escaped: Variable?
    _ = gradient(
      of: { x in
        escaped = x
        return x
      }, at: [1])
    _ = escaped! * 2
  },
  "forward mode through a layer": Misuse("Linear(2, 1) has no forward mode", "DifferentiableLayer") {
    _ = jvp(of: { x in Linear(2, 1)(x) }, at: [[1, 2]], along: [[1, 2]])
  },
  "a second derivative of a loss": Misuse("Huber has no second derivative", "softmaxCrossEntropy") {
    _ = hessianVectorProduct(of: { x in Huber()(x, [0]) }, at: [1], along: [1])
  },
  "a custom pullback of another shape": Misuse("Careless.pullback gives dx of shape [] for x of shape [2]") {
    _ = gradient(of: { x in Careless()(x).sum() }, at: [1, 2])
  },
  "a norm without a derivative": Misuse("norm: a p of 0.5 has no derivative") {
    _ = gradient(of: { x in x.norm(0.5, along: 0) }, at: [1, 2])
  },
  "a row that a variable has not": Misuse("subscript: index 2 is out of range for axis 0 of [2]") {
    _ = gradient(of: { x in x[2] }, at: [1, 2])
  },
  "a parameter that a closure has and does not list": Misuse("is not among the optimizer's parameters") {
    let hidden = Parameter([1], initialValue: 1)
    let model = Sequential {
      Linear(1, 1)
      Differentiated { x in x * hidden.variable }
    }
    var optimizer = SGD(for: model, learningRate: 1)
    let (_, gradients) = model.gradients(at: [[1]]) { y in (y.item, [[1]]) }
    try optimizer.update(along: gradients)
  },
]
