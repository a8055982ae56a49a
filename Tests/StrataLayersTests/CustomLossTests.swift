import Strata
import StrataTensor
import Testing

/// A custom loss that does not implement `divisor`.
private struct MeanOfRows: Loss {
  func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let rows = Double(output.shape[0])
    let difference = output - target
    return (difference.sumOfSquares / 2 / rows, difference / rows)
  }
}

@Suite(.seeded) struct CustomLossTests {
  private let loss = MeanOfRows()
  private let target = Tensor(ones: [6, 2])

  @Test func `a loss's mean is over the rows unless it says otherwise`() {
    #expect(loss.divisor(of: target) == 6)
  }

  @Test func `called, it gives the value of its evaluation`() {
    #expect(loss(Tensor(zeros: [6, 2]), target) == 1)
  }
}
