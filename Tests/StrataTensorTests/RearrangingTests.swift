import StrataTensor
import Testing

/// Operations that move elements, against a loop over the places of the result.
@Suite(.seeded) struct RearrangingTests {
  static let shapes: [Shape] = [
    [1], [5], [0, 3], [2, 3], [3, 1, 2], [2, 3, 4], [17, 33], [64, 48], [2, 40, 3, 5], [130, 257], [9, 16, 32],
    [3, 0, 2],
  ]

  /// All orders of up to four axes.
  static func orders(_ rank: Int) -> [[Int]] {
    rank == 0
      ? [[]]
      : orders(rank - 1).flatMap { order in
        (0..<rank).map { place in Array(order[..<place]) + [rank - 1] + order[place...] }
      }
  }

  @Test(arguments: shapes, DType.allCases)
  func `axes are put in any order`(shape: Shape, dtype: DType) {
    let x = counting(shape, dtype)
    for order in Self.orders(shape.rank) {
      let y = x.permuted(order)
      let expected = moved(x, to: Shape(order.map { shape[$0] })) { place in
        (0..<shape.rank).map { place[order.firstIndex(of: $0)!] }
      }
      #expect(y == expected, "\(order)")
      #expect(x.permuted(order.map { $0 - shape.rank }).isIdentical(to: y), "counted from the end")
    }
  }

  @Test func `two axes are exchanged`() {
    let x = counting([2, 3, 4])
    #expect(x.transposed(0, 2) == x.permuted(2, 1, 0))
    #expect(x.transposed(-1, -2) == x.permuted(0, 2, 1))
    #expect(x.transposed.tensor == x.permuted(0, 2, 1), "of a batch of matrices, each")
    #expect(address(of: x.permuted(0, 1, 2)) == address(of: x), "nothing is copied where nothing moves")
  }

  @Test func `large copies are cut into blocks of planes`() {
    let x = counting([1_000, 70])
    #expect(x.transposed(0, 1) == moved(x, to: [70, 1_000]) { [$0[1], $0[0]] })
    let wide = counting([3, 40_000], .int32)
    #expect(wide.transposed(0, 1) == moved(wide, to: [40_000, 3]) { [$0[1], $0[0]] })
    #expect(wide.flipped(along: 1) == moved(wide, to: [3, 40_000]) { [$0[0], 39_999 - $0[1]] })
    #expect(isSameOnAllWorkers { x.transposed(0, 1) } && isSameOnAllWorkers { wide.permuted(1, 0) })
  }

  @Test(arguments: [DType.float32, .float64])
  func `squares and what is beside them are transposed`(dtype: DType) {
    for (rows, columns) in [(16, 16), (32, 16), (48, 33), (31, 65), (100, 8), (17, 1)] {
      let x = counting([rows, columns], dtype)
      #expect(x.transposed(0, 1) == moved(x, to: [columns, rows]) { [$0[1], $0[0]] }, "\(rows) × \(columns)")
    }
  }

  @Test func `axes of length 1 come and go`() {
    let x = counting([2, 3])
    #expect(x.expanded(at: 0).shape == [1, 2, 3] && x.expanded(at: -1).shape == [2, 3, 1])
    #expect(x.expanded(at: 1).squeezed(1) == x)
    #expect(Tensor(7).expanded(at: 0) == [7])
  }

  @Test(arguments: shapes.filter { $0.count < 2_000 }, DType.allCases)
  func `axes are flipped and rolled`(shape: Shape, dtype: DType) {
    let x = counting(shape, dtype)
    for axis in 0..<shape.rank {
      let length = shape[axis]
      func along(_ index: @escaping (Int) -> Int) -> ([Int]) -> [Int]? {
        { place in place.enumerated().map { $0 == axis ? index($1) : $1 } }
      }
      #expect(x.flipped(along: axis) == moved(x, to: shape, along { length - 1 - $0 }))
      for places in [0, 1, -1, 3, -7, 2 * length] {
        let rolled = x.rolled(by: places, along: axis - shape.rank)
        #expect(rolled == moved(x, to: shape, along { (($0 - places) % length + length) % length }), "by \(places)")
      }
    }
    #expect(x.flipped(along: 0).flipped(along: 0).isIdentical(to: x))
  }

  @Test func `several axes are flipped at once`() {
    #expect(([[1, 2], [3, 4]] as Tensor).flipped(along: 0, -1) == [[4, 3], [2, 1]])
    #expect(([1, 2] as Tensor).flipped(along: 0, 0) == [2, 1], "an axis named twice is flipped once")
  }

  @Test(arguments: DType.allCases)
  func `a tensor is padded with a number`(dtype: DType) {
    let x = counting([2, 3], dtype)
    let y = x.padded([(1, 0), (2, 1)], with: 7)
    #expect(y == Tensor([[7, 7, 7, 7, 7, 7], [7, 7, 0, 1, 2, 7], [7, 7, 3, 4, 5, 7]], dtype: dtype))
    #expect(x.padded(after: 1, along: -1) == x.padded([(0, 0), (0, 1)]))
    #expect(Tensor(zeros: [0, 1], dtype: dtype).padded(before: 2, along: 0) == Tensor(zeros: [2, 1], dtype: dtype))
    #expect(x.padded([(0, 0), (0, 0)]) == x)
  }

  @Test func `tiles and repeated elements are those of NumPy`() {
    let x: Tensor = [[1, 2], [3, 4]]
    #expect(x.tiled(2) == [[1, 2, 1, 2], [3, 4, 3, 4]], "counts are of the last axes")
    #expect(x.tiled(2, 1) == [[1, 2], [3, 4], [1, 2], [3, 4]])
    #expect(([1, 2] as Tensor).tiled(2, 2) == [[1, 2, 1, 2], [1, 2, 1, 2]])
    #expect(x.tiled(0, 1).shape == [0, 2])
    #expect(x.repeated(2, along: 0) == [[1, 2], [1, 2], [3, 4], [3, 4]])
    #expect(x.repeated(3, along: -1) == [[1, 1, 1, 2, 2, 2], [3, 3, 3, 4, 4, 4]])
  }

  @Test(arguments: DType.allCases)
  func `triangles end at a diagonal`(dtype: DType) {
    let x = Tensor([[1, 2, 3], [4, 5, 6]], dtype: dtype)
    #expect(x.lowerTriangle() == Tensor([[1, 0, 0], [4, 5, 0]], dtype: dtype))
    #expect(x.lowerTriangle(1) == Tensor([[1, 2, 0], [4, 5, 6]], dtype: dtype))
    #expect(x.upperTriangle() == Tensor([[1, 2, 3], [0, 5, 6]], dtype: dtype))
    #expect(x.upperTriangle(-1) == x && x.upperTriangle(2) == Tensor([[0, 0, 3], [0, 0, 0]], dtype: dtype))
    #expect(
      Tensor(repeating: -.infinity, shape: [2, 3, 3]).upperTriangle(1).lowerTriangle() == Tensor(zeros: [2, 3, 3]))
  }

  @Test func `tensors are stacked along a new axis`() {
    let parts = (0..<3).map { counting([2, 2]) + Double(10 * $0) }
    #expect(Tensor(stacking: parts, along: 1)[0] == [[0, 1], [10, 11], [20, 21]])
    #expect(Tensor(stacking: parts, along: -1)[1, 1] == [3, 13, 23])
  }
}
