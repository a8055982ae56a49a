import Strata

extension Question {
  /// The chain rule and graphs of a few nodes.
  static let easy = [
    Question(
      "y = (3x + 2)². What is dy/dx at x = 1?", ["10", "15", "25", "30"], "TheChainRule",
      why: "The outer derivative is 2 · 5 = 10, and the inner one multiplies it by 3. Without it you get 10."
    ) {
      gradient(of: { pow(3 * $0 + 2, 2).sum() }, at: [1] as Tensor).item
    },
    Question(
      "y = x · x. What is dy/dx at x = 3?", ["3", "6", "9", "1"], "Graphs",
      why: "x is read twice. Each path contributes 3, and contributions add. An assignment in place of the sum gives 3."
    ) {
      gradient(of: { (x: Variable) in (x * x).sum() }, at: [3] as Tensor).item
    },
    Question(
      "L = (wx + b − y)² at w = 2, x = 3, b = 1, y = 8. What is dL/dw?", ["-2", "-4", "-6", "6"], "Graphs",
      why: "The error is −1, so dL/de = −2. The product hands it to w multiplied by x = 3."
    ) {
      let inputs: [Tensor] = [[2], [3], [1], [8]]
      return gradient(of: { v in pow(v[0] * v[1] + v[2] - v[3], 2).sum() }, at: inputs)[0].item
    },
    Question(
      "The same L. What is dL/db?", ["-2", "-6", "2", "1"], "Graphs",
      why: "A sum passes its gradient to each term unchanged, and dL/de = −2."
    ) {
      let inputs: [Tensor] = [[2], [3], [1], [8]]
      return gradient(of: { v in pow(v[0] * v[1] + v[2] - v[3], 2).sum() }, at: inputs)[2].item
    },
    Question(
      "L = (x + y) · z at x = −2, y = 5, z = −4. What are dL/dx, dL/dy, dL/dz?",
      ["[-4, -4, 3]", "[3, 3, -4]", "[-4, 3, 3]", "[-2, 5, -4]"], "Graphs",
      why: """
        A product exchanges its factors: z receives x + y = 3, and the sum receives z = −4, which it passes to \
        both terms.
        """
    ) {
      let slopes = gradient(of: { v in ((v[0] + v[1]) * v[2]).sum() }, at: [[-2], [5], [-4]])
      return slopes.map { Int($0.item) }
    },
    Question(
      "How large can the derivative of the sigmoid be?", ["0.25", "0.5", "1", "2"], "VanishingAndExploding",
      why: "It is σ(1 − σ), which is largest where σ = 0.5, at x = 0."
    ) {
      gradient(of: { sigmoid($0).sum() }, at: Tensor((-40...40).map { Float($0) / 10 })).max().item
    },
    Question(
      "What is the derivative of relu(x) at x = −2, 2?", ["[0, 1]", "[-1, 1]", "[0, 2]", "[1, 1]"], "TwoLayers",
      why: "A ReLU passes the gradient where its output is positive, and nothing elsewhere."
    ) {
      gradient(of: { relu($0).sum() }, at: [-2, 2] as Tensor).elements(as: Double.self).map { Int($0) }
    },
    Question(
      """
      L = max(x, y) at x = 2, y = 5. What are dL/dx and dL/dy?
      """, ["[0, 1]", "[1, 0]", "[2, 5]", "[0.5, 0.5]"], "Graphs",
      why: "Only the larger input moves the result; the whole gradient goes to it."
    ) {
      gradient(of: { v in maximum(v[0], v[1]).sum() }, at: [[2], [5]] as [Tensor]).map { Int($0.item) }
    },
    Question(
      "y = x / (1 + x). What is dy/dx at x = 1?", ["0.25", "0.5", "0.75", "1"], "TheChainRule",
      why: "The quotient rule gives (1 + x − x) / (1 + x)² = 1/4. Along the numerator alone it would be 1/2."
    ) {
      gradient(of: { (x: Variable) in (x / (1 + x)).sum() }, at: [1] as Tensor).item
    },
    Question(
      "y = Wx with x of 3 numbers and y of 2. What is the shape of the Jacobian dy/dx?",
      ["[2, 3]", "[3, 2]", "[3]", "[6]"], "TheChainRule",
      why: "It has a row for each output and a column for each input. Here it is W itself."
    ) {
      let w: Tensor = [[1, 2, 3], [4, 5, 6]]
      let y = { (x: Variable) in matmul(Variable(w), x.reshaped(to: [3, 1])).reshaped(to: [2]) }
      return jacobian(of: y, at: [1, 0, -1] as Tensor).matrix.shape
    },
  ]
}
