import Strata
import StrataTensor
import Testing

/// Values just outside the accepted range are refused, not only those far outside.
@Suite struct RefusalTests {
  @Test(arguments: [-1, 5]) func `an index next to the table is out of range`(_ index: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [index] in
      _ = Embedding(5, 2).forward(Tensor(labels: [0, 4, index]))
    }
    let printed = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(printed.contains("Embedding(5, 2): index \(index) is out of range, 0 to 4"), "\(printed)")
  }

  @Test func `a scalar has no batch to flatten, a vector has one of single numbers`() async throws {
    #expect(try Flatten().outputShape(for: [5]) == [5, 1])
    #expect(Flatten()(Tensor(zeros: [5])).shape == [5, 1])
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Flatten().forward(Tensor(zeros: []))
    }
    let printed = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(printed.contains("Flatten() expects an input of shape [B, …]"), "\(printed)")
  }

  @Test(arguments: [[1, 1, 0, 3], [1, 1, 3, 0]] as [Shape])
  func `an image without pixels is refused, however wide the padding`(_ shape: Shape) {
    #expect(throws: ShapeError.self) { try MaxPool2D(kernel: 3, padding: 1).outputShape(for: shape) }
    #expect(throws: ShapeError.self) { try Conv2D(1, 2, kernel: 2, padding: 1).outputShape(for: shape) }
  }

  @Test func `a sequence needs a step`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Recurrent(RNNCell(2, 3)).forward(Tensor(zeros: [1, 0, 2]))
    }
    let printed = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(printed.contains("expects an input of shape [B, T, 2], not [1, 0, 2]"), "\(printed)")
  }
}
