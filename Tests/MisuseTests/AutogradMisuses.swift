import Strata
import StrataTensor

/// A custom function whose dx does not have the shape of x.
private struct Careless: CustomFunction {
  func value(_ x: Tensor) -> Tensor { x }
  func pullback(_ dy: Variable, _ x: Variable, _ y: Variable) -> Variable { dy.sum() }
}

/// A loss that says nothing of its second derivative.
private struct Squares: Loss {
  func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let difference = output - target
    return (difference.sumOfSquares, 2 * difference)
  }
}

/// A layer that says nothing of its second derivative.
private func halves() -> some Layer {
  Lambda("halves", forward: { x in (x / 2, true) }, backward: { dy, _ in dy / 2 })
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
  "forward mode through a layer without a decomposition": Misuse(
    "in layer 1: halves can be differentiated once", "DecomposableModule"
  ) {
    let model = Sequential {
      Linear(2, 2); halves()
    }
    _ = jvp(of: { x in model(x) }, at: [[1, 2]], along: [[1, 2]])
  },
  "forward mode through a branch without a decomposition": Misuse("in layer 0.1: halves can be differentiated once") {
    let model = Sequential {
      Parallel(join: .sum) {
        Tanh(); halves()
      }
    }
    _ = jvp(of: { x in model(x) }, at: [[1, 2]], along: [[1, 2]])
  },
  "forward mode through a reversible layer without a decomposition": Misuse(
    "in layer 0.1: halves can be differentiated once"
  ) {
    let model = Sequential {
      Reversible {
        Tanh(); halves()
      }
    }
    _ = jvp(of: { x in model(x) }, at: [[1, 2]], along: [[1, 2]])
  },
  "forward mode through a layer that does not take the input": Misuse("Linear(2, 1)", "[…, 2]") {
    _ = jvp(of: { x in Linear(2, 1)(x) }, at: [[1, 2, 3]], along: [[1, 2, 3]])
  },
  "a second derivative of a loss without a decomposition": Misuse(
    "Squares can be differentiated once", "DecomposableObjective"
  ) {
    _ = hessianVectorProduct(of: { x in Squares()(x, [0]) }, at: [1], along: [1])
  },
  "a second derivative of a loss with another target": Misuse("Huber", "needs a target of the same shape") {
    _ = hessianVectorProduct(of: { x in Huber()(x, [0, 1]) }, at: [1], along: [1])
  },
  "variables of other shapes than the parameters": Misuse(
    "withParameters: the variables are [\"float32 [1, 2]\"], the parameters [\"float32 [2, 1]\"]"
  ) {
    let linear = Linear(2, 1, bias: false)
    _ = gradient(of: { w in withParameters([linear.weight], as: [w]) { linear(Variable([[1, 2]])) } }, at: [[1, 2]])
  },
  "a returned variable of another tape in a nested gradient": Misuse("returned a variable of another differentiation") {
    // The closure runs before the call returns, on this thread.
    nonisolated(unsafe) var escaped: Variable?
    _ = gradient(
      of: { x in
        escaped = x
        return x
      }, at: [1])
    _ = gradient(of: { x in gradient(of: { _ in escaped! }, at: x) }, at: [1])
  },
  "the factors of a wide variable": Misuse("qr of a variable needs a matrix of at least as many rows", "[1, 2]") {
    _ = gradient(of: { x in qr(x).r.sum() }, at: [[1, 2]])
  },
  "rows for a recurrent layer on variables": Misuse("takes sequences [B, T, D], not shape [1, 2]") {
    _ = Recurrent(GRUCell(2, 3)).decomposed(Variable([[1, 2]]))
  },
  "rows for attention on variables": Misuse("takes sequences [B, T, D], not shape [1, 2]") {
    _ = MultiHeadAttention(2, heads: 1).decomposed(Variable([[1, 2]]))
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
