import StrataTensor
import Testing

@Suite(.seeded) struct LiteralTests {
  @Test func `a nested literal is a float32 tensor`() {
    let x: Tensor = [[1, 2, 3], [4, 5, 6]]
    #expect(x.shape == [2, 3])
    #expect(x.dtype == .float32)
    #expect(doubles(x) == [1, 2, 3, 4, 5, 6])
  }

  @Test func `integers, fractions and signs mix`() {
    let x: Tensor = [1, -2.5, 1e-3]
    #expect(x.shape == [3])
    #expect(x.elements() == [1, -2.5, 1e-3] as [Float])
  }

  @Test func `literals nest to any depth`() {
    let x: Tensor = [[[[1], [2]]], [[[3], [4]]]]
    #expect(x.shape == [2, 1, 2, 1])
    let empty: Tensor = [[], []]
    #expect(empty.shape == [2, 0])
  }

  @Test func `a literal takes the type that is asked for`() {
    #expect(Tensor([[1, 2], [3, 4]], dtype: .float64).dtype == .float64)
    #expect(Tensor([0.1], dtype: .float64).item == 0.1)
    #expect(Tensor([1, -7], dtype: .int32).elements() == [1, -7] as [Int32])
    #expect(Tensor(2.5, dtype: .float64).shape == [])
  }

  @Test func `an array keeps its own type`() {
    #expect(Tensor([1.5, 2.5]).dtype == .float32)
    #expect(Tensor([1.5, 2.5] as [Float]).dtype == .float32)
    #expect(Tensor([1.5, 2.5] as [Double]).dtype == .float64)
    #expect(Tensor([1, 2] as [Int32]).dtype == .int32)
  }

  @Test func `an array fills a shape in row major order`() {
    #expect(Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]) == [[1, 2, 3], [4, 5, 6]])
    #expect(Tensor([] as [Float], shape: [0, 4]).shape == [0, 4])
    #expect(Tensor([5] as [Double], shape: []).item == 5)
  }

  @Test func `labels are int32 of one axis`() {
    let labels = Tensor(labels: [3, 0, 9])
    #expect(labels.dtype == .int32)
    #expect(labels.elements() == [3, 0, 9] as [Int32])
  }

  @Test(arguments: DType.allCases)
  func `constant tensors hold one number`(dtype: DType) {
    #expect(doubles(Tensor(zeros: [2, 2], dtype: dtype)) == [0, 0, 0, 0])
    #expect(doubles(Tensor(ones: [3], dtype: dtype)) == [1, 1, 1])
    #expect(doubles(Tensor(repeating: -7, shape: [2], dtype: dtype)) == [-7, -7])
    #expect(Tensor(repeating: 1, shape: [0], dtype: dtype).count == 0)
  }
}
