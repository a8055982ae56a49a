import Foundation
import Strata
import StrataTensor
import Testing

/// Clipping by norms of other orders, and of some parameters.
@Suite(.seeded) struct ClippingOptionTests {
  private let a = Parameter(Tensor(zeros: [2]))
  private let b = Parameter(Tensor(zeros: [1]))

  private var gradients: Gradients {
    var gradients = Gradients()
    gradients.add([3, -4], to: a)
    gradients.add([12], to: b)
    return gradients
  }

  @Test func `norms of any order are those of the gradients as one vector`() throws {
    for (order, norm) in [(1.0, 19.0), (2, 13), (.infinity, 12), (3, pow(27 + 64 + 1728.0, 1.0 / 3))] {
      #expect(abs(try gradients.globalNorm(order: order) - norm) < 1e-12 * norm)
    }
    #expect(try gradients.globalNorm(order: 2, of: [a]) == 5)
    #expect(try gradients.globalNorm(order: 1, of: []) == 0)
  }

  @Test func `what is clipped has the norm asked for, and the rest stays`() throws {
    var clipped = gradients
    #expect(try clipped.clip(norm: 6, order: .infinity) == 12)
    #expect(clipped[a] == [1.5, -2] && clipped[b] == [6])
    clipped = gradients
    #expect(try clipped.clip(norm: 1, on: [a]) == 5)
    #expect(relativeDistance(clipped[a]!, [0.6, -0.8]) < 1e-6 && clipped[b] == [12])
    #expect(try clipped.clip(norm: 100, order: 1) < 100)
    #expect(clipped[b] == [12])
  }

  @Test func `a gradient that is not finite is named, where it counts`() throws {
    var broken = gradients
    broken.add([.infinity], to: b)
    #expect(throws: NonFiniteGradientError.self) { try broken.clip(norm: 1) }
    #expect(broken[a] == [3, -4])
    #expect(try broken.clip(norm: 1, on: [a]) == 5)
  }

  private func relativeDistance(_ x: Tensor, _ y: Tensor) -> Double { (x - y).norm(2).item / y.norm(2).item }
}
