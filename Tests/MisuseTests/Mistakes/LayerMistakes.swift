import Strata

/// A layer whose gradient still has the batch axis.
private struct Unsummed: Layer {
  let bias = Parameter([3], initialValue: 0)
  func forward(_ x: Tensor) -> (Tensor, Int) { (x + bias.value, 0) }
  func backward(_ dy: Tensor, _ cache: Int, _ gradients: inout Gradients) -> Tensor {
    gradients.add(dy, to: bias)
    return dy
  }
}

/// Layers that hold each other.
private final class Node: Layer, @unchecked Sendable {
  // Set once, before the model is used.
  var next: Node?
  func forward(_ x: Tensor) -> (Tensor, Int) { (x, 0) }
  func backward(_ dy: Tensor, _ cache: Int, _ gradients: inout Gradients) -> Tensor { dy }
}

/// Layers and functions that a user writes.
let layerMistakes: [Mistake] = [
  Mistake(
    "a gradient that is not summed over the batch",
    """
    in layer 1: gradients.add: a gradient of shape [4, 3] (float32) does not fit a Parameter of shape [3], \
    which is float32 of [3]; sum over the batch first
    """
  ) {
    _ = Sequential {
      Linear(2, 3); Unsummed()
    }.gradients(at: Tensor(zeros: [4, 2])) { (0, $0) }
  },
  Mistake(
    "an output for a gradient of another shape",
    """
    ReLU.backward: dy has shape [4, 2] (float32), the output had [4, 3] (float32)
    """
  ) {
    var gradients = Gradients()
    let (_, cache) = ReLU().forward(Tensor(zeros: [4, 3]))
    _ = ReLU().backward(Tensor(zeros: [4, 2]), cache, &gradients)
  },
  Mistake(
    "layers that hold each other",
    """
    next.next: this Node is reached again from its own properties; a model's layers cannot form a cycle of \
    references
    """
  ) {
    let (first, second) = (Node(), Node())
    (first.next, second.next) = (second, first)
    _ = first.parameterCount
  },
  Mistake(
    "class indices as a parameter",
    """
    Parameter: an int32 tensor cannot be learnt; use a Constant
    """
  ) { _ = Parameter(Tensor(labels: [1, 2])) },
  Mistake(
    "another shape for a parameter",
    """
    a Parameter of shape [2, 3]: holds float32 of shape [2, 3], not float32 of [3, 2]
    """
  ) { Linear(2, 3).weight.value = Tensor(zeros: [3, 2]) },
  Mistake(
    "a gradient of many numbers",
    """
    gradient: the function must give one number, not shape [3]; sum it, or use valueWithPullback
    """
  ) { _ = gradient(of: { x in x * x }, at: [1, 2, 3]) },
  Mistake(
    "a micro-batch of nothing",
    """
    gradients: a micro-batch of 0 rows is not possible
    """
  ) {
    _ = Linear(2, 2).gradients(
      at: Tensor(zeros: [4, 2]), Tensor(labels: [0, 1, 0, 1]), of: SoftmaxCrossEntropy(), microBatchSize: 0)
  },
  Mistake(
    "a gradient flow on other labels",
    """
    GradientFlow: an input of shape [4, 2] and a target of [2] need as many rows, one at least
    """
  ) {
    _ = GradientFlow(
      of: Linear(2, 2), at: Tensor(zeros: [4, 2]), Tensor(labels: [0, 1]), loss: SoftmaxCrossEntropy())
  },
  Mistake(
    "a tied layer of a vector",
    """
    TiedLinear: transposes a matrix, not a weight of shape [3]
    """
  ) { _ = TiedLinear(transposing: Parameter([3], initialValue: 0)) },
]
