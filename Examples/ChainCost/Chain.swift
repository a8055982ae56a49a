import Strata
import StrataTensor

/// The Jacobians Jₖ … J₁ of a chain of k functions of m numbers, and the gradient g of a loss by its output.
struct Chain {
  private let jacobians: [Tensor]
  private let gradient: Tensor

  /// Draws k matrices of m × m that keep the length of a vector on average.
  init(size: Int, factors: Int) {
    (jacobians, gradient) = withSeed(1) {
      ((0..<factors).map { _ in Tensor(normal: [size, size]) / Double(size).squareRoot() }, Tensor(normal: [1, size]))
    }
  }

  /// Returns gᵀ (Jₖ … J₁), multiplied from the input: a column for each of the m inputs passes all factors.
  func forward() -> Tensor { matmul(gradient, jacobians.reduce(Tensor(eye: gradient.count)) { matmul($1, $0) }) }

  /// Returns (gᵀ Jₖ) … J₁, multiplied from the loss: one row passes all factors.
  func reverse() -> Tensor { jacobians.reversed().reduce(gradient) { matmul($0, $1) } }
}
