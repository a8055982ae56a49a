import Foundation
import Strata

extension Question {
  /// Depth, time, normalization and memory.
  static let depth = [
    Question(
      "Ten sigmoids lie in a row. What share of the gradient can pass them at most, apart from the weights?",
      ["9.5e-07", "2.5e+00", "9.8e-04", "1.0e-10"], "VanishingAndExploding",
      why: """
        0.25 to the 10: less than a millionth.
        """
    ) {
      String(format: "%.1e", pow(0.25, 10))
    },
    Question(
      "Each of 100 layers multiplies the gradient by 1.5. What is the product?",
      ["4.1e+17", "1.5e+02", "1.5e+100", "2.7e+06"], "VanishingAndExploding",
      why: "A factor only a little above 1 explodes with the depth, as one below 1 vanishes."
    ) {
      String(format: "%.1e", pow(1.5, 100))
    },
    Question(
      "y = x + 0.1x is a residual block. By which factor do ten of them multiply the gradient?",
      ["2.594", "1", "1e-10", "11"], "VanishingAndExploding",
      why: "The Jacobian of a block is 1 + 0.1. Without the identity it would be 0.1, and ten blocks would pass 1e-10."
    ) {
      gradient(
        of: { (x: Variable) in (0..<10).reduce(x) { y, _ in y + 0.1 * y }.sum() }, at: Tensor([1] as [Double])
      ).item
    },
    Question(
      "A state is multiplied by 0.9 in each of 50 steps. What share of the gradient reaches the first one?",
      ["0.005154", "0.9", "0.018", "0.5"], "BackpropagationThroughTime",
      why: """
        0.9 to the 50. This is why long memory needs gates.
        """
    ) {
      let last = { (h: Variable) in (0..<50).reduce(h) { h, _ in 0.9 * h }.sum() }
      return gradient(of: last, at: Tensor([1] as [Double])).item
    },
    Question(
      "y = w · w · x with x = 2. What is dy/dw at w = 3?", ["12", "6", "9", "18"], "ProductsInARow",
      why: "w is tied: each place contributes w · x = 6, and the contributions add."
    ) {
      gradient(of: { (w: Variable) in (w * w * 2).sum() }, at: [3] as Tensor).item
    },
    Question(
      "BatchNorm receives two samples, 1 and 5. What are its outputs before training?",
      ["[-1, 1]", "[0, 1]", "[1, 5]", "[-2, 2]"], "Normalization",
      why: "The mean is 3 and the deviation 2. Two samples always become −1 and 1, so no gradient is left."
    ) {
      BatchNorm(1).forward([[1], [5]]).0.elements(as: Double.self).map { Int($0.rounded()) }
    },
    Question(
      "The input of a LayerNorm is multiplied by 10. By which factor does its gradient change?",
      ["0.1", "1", "10", "0.01"], "Normalization",
      why: "The output does not change with the scale of the input, so its derivative is divided by that scale."
    ) {
      func slope(_ x: Tensor) -> Double {
        let (_, cache) = LayerNorm(3).forward(x)
        var gradients = Gradients()
        return LayerNorm(3).backward([[1, 0, 0]], cache, &gradients).norm(2).item
      }
      return slope([[10, 20, 60]]) / slope([[1, 2, 6]])
    },
    Question(
      "How many bytes does Adam remember, as a multiple of those of the parameters?", ["2", "1", "3", "4"],
      "MemoryOfTraining", why: "A mean and a mean square for each parameter."
    ) {
      let model = Sequential { Linear(64, 64) }
      let plan = try model.memoryPlan(input: [8, 64], optimizer: Adam(for: model))
      return plan.optimizerBytes / plan.parameterBytes
    },
    Question(
      "Linear and Tanh alternate 16 times. How many layer outputs does training keep, the input among them?",
      ["17", "32", "16", "33"], "MemoryOfTraining",
      why: "The tanh keeps its output, and the next linear layer keeps the same tensor as its input."
    ) {
      let model = Sequential { for _ in 0..<16 { Linear(64, 64); Tanh() } }
      let plan = try model.memoryPlan(input: [128, 64], optimizer: SGD(for: model, learningRate: 0.1))
      return plan.strategies[0].cachedBytes / (128 * 64 * 4)
    },
    Question(
      """
      A chain has 16 linear layers in 4 segments, and 3 segments are computed again. How many extra products are \
      that?
      """,
      ["12", "16", "4", "48"], "MemoryOfTraining",
      why: "Each layer of the three segments runs forward once more. The last segment keeps its caches."
    ) {
      let model = Sequential { for _ in 0..<16 { Linear(64, 64); Tanh() } }
      let plan = try model.memoryPlan(
        input: [128, 64], optimizer: SGD(for: model, learningRate: 0.1), strategies: [.squareRoot])
      return plan.strategies[1].extraProducts
    },
  ]
}
