import StrataTensor
import Testing

@Suite(.seeded) struct ShapeTests {
  @Test(arguments: [([], 1), ([7], 7), ([2, 3], 6), ([4, 0, 5], 0), ([1, 1, 1], 1)] as [([Int], Int)])
  func `count is the product of the lengths`(lengths: [Int], count: Int) {
    let shape = Shape(lengths)
    #expect(shape.count == count)
    #expect(shape.rank == lengths.count)
    #expect(shape.lengths == lengths)
  }

  @Test func `axes count from either end`() {
    let shape: Shape = [2, 3, 5]
    #expect([shape[0], shape[1], shape[2]] == [2, 3, 5])
    #expect([shape[-3], shape[-2], shape[-1]] == [2, 3, 5])
  }

  @Test func `rowShape leaves out the first axis`() {
    #expect(Shape([2, 3, 5]).rowShape == [3, 5])
    #expect(Shape([2]).rowShape == [])
  }

  @Test func `leading and trailing lengths can be replaced`() {
    #expect(Shape([2, 3, 5]).withLeading(7) == [7, 3, 5])
    #expect(Shape([2, 3, 5]).withTrailing(7) == [2, 3, 7])
  }

  @Test func `shapes compare by their lengths`() {
    #expect(Shape([2, 3]) == [2, 3])
    #expect(Shape([2, 3]) != [3, 2])
    #expect(Shape([1]) != [])
    #expect(Set<Shape>([[2, 3], [2, 3], [6]]).count == 2)
  }

  @Test func `description is the list of lengths`() {
    #expect("\(Shape([64, 784]))" == "[64, 784]")
    #expect("\(Shape([]))" == "[]")
  }

  @Test func `tensors know their sizes`() {
    let x = Tensor(zeros: [2, 3, 5], dtype: .float64)
    #expect((x.rank, x.count, x.byteCount) == (3, 30, 240))
    #expect(Tensor(zeros: []).count == 1)
    #expect(Tensor(zeros: [3, 0]).byteCount == 0)
  }

  @Test(arguments: [(DType.float32, 4, true), (.float64, 8, true), (.int32, 4, false)])
  func `types know their size`(dtype: DType, bytes: Int, isFloatingPoint: Bool) {
    #expect(dtype.byteCount == bytes)
    #expect(dtype.isFloatingPoint == isFloatingPoint)
  }
}
