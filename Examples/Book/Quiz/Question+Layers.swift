import Foundation
import Strata

extension Question {
  /// Layers, losses and their shapes.
  static let layers = [
    Question(
      "A batch of 32 rows passes Linear(784, 100). What is the shape of the gradient of the weight?",
      ["[784, 100]", "[100, 784]", "[32, 100]", "[32, 784]"], "TwoLayers",
      why: "A gradient has the shape of what it belongs to. The batch is summed away by xᵀ dy."
    ) {
      let layer = Linear(784, 100)
      let (_, gradients) = layer.gradients(at: Tensor(zeros: [32, 784])) { y in (0, y) }
      return gradients[layer.weight]!.shape
    },
    Question(
      "And that of its bias?", ["[100]", "[32, 100]", "[784]", "[1]"], "TwoLayers",
      why: "The bias is added to every row, so its gradient is the sum over the rows: one number for each output."
    ) {
      let layer = Linear(784, 100)
      let (_, gradients) = layer.gradients(at: Tensor(zeros: [32, 784])) { y in (0, y) }
      return gradients[layer.bias!]!.shape
    },
    Question(
      "How many parameters has Linear(784, 128), ReLU, Linear(128, 10)?", ["101770", "101632", "100480", "1290"],
      "TwoLayers", why: "784 · 128 + 128 in the first, 128 · 10 + 10 in the second. Without biases you get 101632."
    ) {
      let model = Sequential {
        Linear(784, 128)
        ReLU()
        Linear(128, 10)
      }
      return model.parameterCount
    },
    Question(
      "Softmax cross-entropy at the logits (0, 0), class 0. What is the gradient by the logits?",
      ["[-0.5, 0.5]", "[0.5, 0.5]", "[0.5, -0.5]", "[-1, 1]"], "TwoLayers",
      why: "It is p − y. Both probabilities are 0.5, and y is (1, 0)."
    ) {
      let logits: Tensor = [[0, 0]]
      let dz = SoftmaxCrossEntropy().evaluate(logits, Tensor(labels: [0])).gradient
      return dz.elements(as: Double.self)
    },
    Question(
      "A classifier of 10 classes knows nothing: its logits are equal. What is its loss?",
      ["2.303", "1", "0.1", "10"], "WhenItGoesWrong",
      why: """
        Every probability is 1/10, and −log(1/10) = ln 10. A first loss far above it means that the outputs are \
        too large.
        """
    ) {
      SoftmaxCrossEntropy()(Tensor(zeros: [4, 10]), Tensor(labels: [0, 3, 5, 9]))
    },
    Question(
      "The logits are (1000, 0) and the class is 1. What is the loss?", ["1000", "inf", "nan", "0"], "TwoLayers",
      why: "The loss subtracts the largest logit first. The naive formula divides by an infinite number."
    ) {
      let logits: Tensor = [[1000, 0]]
      return SoftmaxCrossEntropy()(logits, Tensor(labels: [1]))
    },
    Question(
      "Every row of a batch is there twice. By which factor does the gradient of the mean loss change?",
      ["1", "2", "0.5", "4"], "TwoLayers",
      why: """
        There are twice as many contributions, each divided by twice as many rows.
        """
    ) {
      let layer = Linear(weight: Parameter([[1, 2], [3, 4]] as Tensor), bias: nil)
      func slope(_ x: Tensor, _ labels: [Int]) -> Double {
        let (_, gradients) = layer.gradients(at: x) { SoftmaxCrossEntropy().evaluate($0, Tensor(labels: labels)) }
        return gradients[layer.weight]!.norm(2).item
      }
      return slope([[1, 2], [1, 2]], [0, 0]) / slope([[1, 2]], [0])
    },
    Question(
      "L = Σ y² with y = Wx, W = ((1, 2), (3, 4)), x = (1, 1). What is dL/dx?",
      ["[48.0, 68.0]", "[34.0, 62.0]", "[24.0, 34.0]", "[6.0, 14.0]"], "TheChainRule",
      why: "y = (3, 7), dL/dy = (6, 14), and Wᵀ dL/dy = (6 + 42, 12 + 56). With W in place of Wᵀ you get (34, 74)."
    ) {
      let w: Tensor = [[1, 2], [3, 4]]
      let slope = gradient(
        of: { (x: Variable) in pow(matmul(Variable(w), x), 2).sum() }, at: [[1], [1]] as Tensor)
      return slope.elements(as: Double.self)
    },
    Question(
      """
      The bias before a ReLU is so negative that its output is 0 for all samples. What is the norm of the \
      weight's gradient?
      """,
      ["0", "0.5", "1", "10"], "WhenItGoesWrong",
      why: "Nothing passes a ReLU whose output is 0, so the weight never changes again: the unit is dead."
    ) {
      let linear = Linear(4, 3)
      linear.bias!.value = Tensor(repeating: -100, shape: [3])
      let model = Sequential {
        linear
        ReLU()
      }
      let (_, gradients) = model.gradients(at: withSeed(1) { Tensor(normal: [8, 4]) }) { y in (0, y + 1) }
      return gradients[linear.weight]!.norm(2).item
    },
    Question(
      """
      A loss ends with a softmax, and somebody adds another one to the model. How small can the loss of two \
      classes become?
      """,
      ["0.3133", "0", "0.6931", "0.5"], "TwoLayers",
      why: "The second softmax sees numbers of at most 1 and at least 0, so no probability exceeds e / (e + 1)."
    ) {
      let sure: Tensor = [[1, 0]]
      return SoftmaxCrossEntropy()(sure, Tensor(labels: [0]))
    },
  ]
}
