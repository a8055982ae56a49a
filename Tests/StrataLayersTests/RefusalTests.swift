import Strata
import StrataTensor
import Testing

/// Values just outside the accepted range are refused, not only those far outside.
@Suite(.seeded) struct RefusalTests {
  @Test func `a scalar has no batch to flatten, a vector has one of single numbers`() throws {
    #expect(throws: ShapeError.self) { try Flatten().outputShape(for: []) }
    #expect(try Flatten().outputShape(for: [5]) == [5, 1])
    #expect(Flatten()(Tensor(zeros: [5])).shape == [5, 1])
  }

  @Test(arguments: [[1, 1, 0, 3], [1, 1, 3, 0]] as [Shape])
  func `an image without pixels is refused, however wide the padding`(_ shape: Shape) {
    #expect(throws: ShapeError.self) { try MaxPool2D(kernel: 3, padding: 1).outputShape(for: shape) }
    #expect(throws: ShapeError.self) { try Conv2D(1, 2, kernel: 2, padding: 1).outputShape(for: shape) }
  }

  @Test func `a sequence needs a step`() {
    #expect(throws: ShapeError.self) { try Recurrent(RNNCell(2, 3)).outputShape(for: [1, 0, 2]) }
  }
}
