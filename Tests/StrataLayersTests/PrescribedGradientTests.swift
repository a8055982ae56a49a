import Strata
import Testing

/// ``StraightThrough`` and ``StopGradient``: layers whose backward is by definition not the derivative of forward.
@Suite(.seeded) struct PrescribedGradientTests {
  @Test func `steps are PyTorch's, but keep NaN`() {
    let x = Tensor([0.5, 1.5, -0.5, 2.5, -2.4, .nan] as [Float])
    let round = StraightThrough(.round)(x).elements(as: Float.self)
    #expect(round[..<5] == [0, 2, -0.0, 2, -2] && round[5].isNaN)
    let sign = StraightThrough(.sign)(Tensor([3, -0.5, 0, -0.0, .nan, .infinity] as [Float]))
    #expect(sign.elements(as: Float.self)[..<4] == [1, -1, 0, 0])
    #expect(sign[4].item.isNaN && sign[5].item == 1)
  }

  @Test func `nothing before a stopped gradient learns`() {
    let model = Sequential {
      Linear(3, 3); StopGradient(); Linear(3, 2)
    }
    let (_, dx, gradients) = model.run(Tensor(normal: [4, 3]), Tensor(repeating: .infinity, shape: [4, 2]))
    #expect(dx == Tensor(zeros: [4, 3]))
    #expect(gradients[model.parameters[0].parameter] == nil)
  }
}
