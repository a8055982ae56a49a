import StrataTensor
import Testing

@Suite(.seeded) struct SelectingTests {
  @Test(arguments: DType.allCases, DType.allCases)
  func `a mask of any type chooses among elements of any type`(mask: DType, dtype: DType) {
    let x = Tensor.where(
      Tensor([1, 0, -2, 0], dtype: mask), Tensor([1, 2, 3, 4], dtype: dtype), Tensor([5, 6, 7, 8], dtype: dtype))
    #expect(x == Tensor([1, 6, 3, 8], dtype: dtype))
  }

  @Test func `all three operands broadcast`() {
    let (mask, a, b): (Tensor, Tensor, Tensor) = ([[1], [0]], [1, 2, 3], [[[10]], [[20]]])
    let y = Tensor.where(mask, a, b)
    #expect(y == [[[1, 2, 3], [10, 10, 10]], [[1, 2, 3], [20, 20, 20]]])
    #expect(Tensor.where(Tensor(0), a, Tensor(7)) == [7, 7, 7] && Tensor.where(Tensor(1), a, 7) == a)
    #expect(Tensor.where([1, 0, 1], Tensor(1), Tensor(2)) == [1, 2, 1])
    #expect(Tensor.where(Tensor(zeros: [0]), a.sum(), b.sum()).shape == [0])
  }

  @Test func `what is not chosen does not matter`() {
    let x: Tensor = [.nan, 1, .infinity, -0.0]
    #expect(x.replacing(with: 0, where: isNaN(x)) == [0, 1, .infinity, 0])
    #expect(x.replacing(with: [2, 2, 2, 2], where: abs(x) .== .infinity)[1...] == [1, 2, 0])
    #expect(Tensor.where([.nan, -0.0], [1, 1], 2) == [1, 2], "NaN is not 0, and −0 is")
  }

  @Test(arguments: [DType.float32, .float64])
  func `large masks are those of the loop`(dtype: DType) {
    let (a, b) = (randomTensor([150, 301], dtype), randomTensor([301], dtype, seed: 2))
    let y = Tensor.where(a .> b, a, b)
    #expect(y == maximum(a, b))
    #expect(isSameOnAllWorkers { Tensor.where(a .> b, a, b) })
  }
}
