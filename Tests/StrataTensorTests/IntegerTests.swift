import StrataTensor
import Testing

/// Arithmetic of int32 tensors, which wraps around, and comparisons.
@Suite(.seeded) struct IntegerTests {
  static let x = Tensor([[1, -2, 3], [4, 5, -6]], dtype: .int32)
  static let y = Tensor([2, -2, 7], dtype: .int32)

  @Test func `sums, differences and products broadcast`() {
    let (x, y) = (Self.x, Self.y)
    #expect(x + y == Tensor([[3, -4, 10], [6, 3, 1]], dtype: .int32))
    #expect(x - y == Tensor([[-1, 0, -4], [2, 7, -13]], dtype: .int32))
    #expect(x * y == Tensor([[2, 4, 21], [8, -10, -42]], dtype: .int32))
    #expect(-x + 1 == 1 - x && 2 * x == x + x)
    #expect(abs(x) == maximum(x, -x) && sign(x) * abs(x) == x && minimum(x, y) == -maximum(-x, -y))
  }

  @Test func `comparisons give masks of integers`() {
    let (x, y) = (Self.x, Self.y)
    #expect((x .== y) == Tensor([[0, 1, 0], [0, 0, 0]], dtype: .int32))
    #expect((x .< y) + (x .>= y) == Tensor(ones: [2, 3], dtype: .int32))
    #expect((x .> 3) == Tensor([[0, 0, 0], [1, 1, 0]], dtype: .int32) && (x .<= 3) == 1 - (x .> 3))
    #expect((x .!= 3).sum().item == 5)
  }

  @Test func `arithmetic wraps around at the ends`() {
    let ends = Tensor([.max, .min] as [Int32])
    #expect(ends + 1 == Tensor([.min, .min + 1] as [Int32]) && ends * 2 == Tensor([-2, 0] as [Int32]))
    #expect(-ends == Tensor([-.max, .min] as [Int32]) && abs(ends) == Tensor([.max, .min] as [Int32]))
    #expect(ends.max().elements() == [.max] as [Int32] && ends.min().elements() == [.min] as [Int32])
    #expect(Tensor([.max, 1] as [Int32]).sum().item == Double(Int32.min))
  }

  @Test(arguments: ReductionTests.shapes)
  func `reductions are those of the loop`(shape: Shape) {
    let x = (1e6 * randomTensor(shape, .float64)).converted(to: .int32)
    let exact = x.converted(to: .float64)
    #expect(x.sum().item == exact.sum().item && x.max().item == exact.max().item && x.min().item == exact.min().item)
    for axis in 0..<shape.rank {
      #expect(x.sum(along: axis).converted(to: .float64) == exact.sum(along: axis))
      #expect(x.max(along: axis).converted(to: .float64) == exact.max(along: axis))
      #expect(
        x.min(along: axis, keepingAxis: true).converted(to: .float64) == exact.min(along: axis, keepingAxis: true))
    }
    #expect(isSameOnAllWorkers { x.sum(along: 0) } && isSameOnAllWorkers { x * x })
  }
}
