import Foundation
import Strata

extension Question {
  /// Modes, second derivatives, kinks and rules that are chosen.
  static let hard = [
    Question(
      "A function has 1000 inputs and one output. How many passes does forward mode take for its gradient?",
      ["1000", "1", "2", "500"], "ForwardAndReverse",
      why: "One for each input. Reverse mode takes one for each output, which is why losses are derived backward."
    ) {
      jacobian(of: { (x: Variable) in (x * x).sum() }, at: Tensor(ones: [1000]), by: .forward).passes
    },
    Question(
      "f = x₂ sin x₁ at (0, 3). What is the derivative along (1, 1)?", ["3", "1", "4", "0"], "ForwardAndReverse",
      why: "The dual numbers are 0 + ε and 3 + ε: sin is 0 + ε, and (3 + ε)(0 + ε) = 3ε."
    ) {
      let f = { (x: [Variable]) in x[1] * sin(x[0]) }
      return jvp(of: f, at: [[0], [3]] as [Tensor], along: [[1], [1]]).1.item
    },
    Question(
      "What is the second derivative of x³ at x = 2?", ["12", "6", "8", "24"], "ForwardAndReverse",
      why: "3x² derived once more is 6x."
    ) {
      hessian(of: { (x: Variable) in (x * x * x).sum() }, at: [2] as Tensor).item
    },
    Question(
      """
      f = x₁² x₂ at (1, 2). What is the Hessian times (1, 0)?
      """, ["[4.0, 2.0]", "[4.0, 1.0]", "[2.0, 4.0]", "[2.0, 0.0]"],
      "ForwardAndReverse", why: "The first column of the Hessian is (2x₂, 2x₁). No Hessian is formed for it."
    ) {
      let f = { (x: Variable) in pow(x[0], 2) * x[1] }
      let product = hessianVectorProduct(of: { f($0).sum() }, at: [1, 2] as Tensor, along: [1, 0] as Tensor)
      return product.elements(as: Double.self)
    },
    Question(
      "relu(x) − relu(−x) is x, so its slope is 1. What does the chain rule give at x = 0?", ["0", "1", "0.5", "2"],
      "WhenTheGradientLies",
      why: """
        Both ReLUs take the subgradient 0 there. The rule is exact only where all parts have derivatives.
        """
    ) {
      gradient(of: { (relu($0) - relu(-$0)).sum() }, at: [0] as Tensor).item
    },
    Question(
      "y = 3 · round(x). What is dy/dx at x = 1.6?", ["0", "3", "1.6", "4.8"], "Autograd",
      why: "Rounding is flat nearly everywhere. A straight-through estimator pretends a slope of 1, and then it is 3."
    ) {
      gradient(of: { (x: Variable) in (3 * round(x)).sum() }, at: [1.6] as Tensor).item
    },
    Question(
      "Single gradients scatter with σ = 1. What is the deviation of the mean of 16 of them?",
      ["0.25", "0.0625", "1", "4"], "WhenTheGradientLies",
      why: "σ / √B: to halve the noise takes four times the batch."
    ) {
      let means = withSeed(1) { Tensor(normal: [64_000, 16], dtype: .float64) }.mean(along: 1)
      return String(format: "%.2f", means.norm(2).item / 64_000.0.squareRoot())
    },
    Question(
      "A gradient is (3, 4), and its norm is clipped to 1. What is left?",
      ["[0.6, 0.8]", "[1.0, 1.0]", "[0.75, 1.0]", "[3.0, 4.0]"], "VanishingAndExploding",
      why: "The whole vector is scaled by 1/5. Its direction stays, which clipping each element would change."
    ) {
      let weight = Parameter([0, 0] as Tensor)
      var gradients = Gradients()
      gradients.add(Tensor([3, 4] as [Float]), to: weight)
      try gradients.clip(globalNorm: 1)
      return gradients[weight]!.elements(as: Float.self)
    },
    Question(
      "A matrix stretches one direction twice as much as another. What is the condition number of its 20th power?",
      ["1048576", "40", "2", "400"], "ProductsInARow", why: "Condition numbers multiply: 2 to the 20, about a million."
    ) {
      let one = Tensor([1, 0, 0, 0.5] as [Double], shape: [2, 2])
      let power = (1..<20).reduce(one) { product, _ in matmul(product, one) }
      return Int(power[0, 0].item / power[1, 1].item)
    },
    Question(
      "h′ = 0.9h + 1 runs for 20 steps and the gradient of h² is cut after 5. What share of dL/dw is lost, in percent?",
      ["44", "5", "75", "25"], "BackpropagationThroughTime",
      why: "The contributions from further back are left out, a bias that more data does not remove."
    ) {
      func slope(keeping steps: Int) -> Double {
        gradient(
          of: { (w: Variable) in
            var h = Variable(Tensor([0] as [Double]))
            for t in 1...20 {
              if t == 20 - steps + 1 { h = Variable(h.value) }
              h = w * h + 1
            }
            return (h * h).sum()
          }, at: Tensor([0.9] as [Double])
        ).item
      }
      return Int((100 * (1 - slope(keeping: 5) / slope(keeping: 20))).rounded())
    },
  ]
}
