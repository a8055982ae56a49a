import StrataTensor
import Testing

/// Products of batches of matrices, against the products of the matrices one by one.
@Suite(.seeded) struct BatchedMatmulTests {
  static let cases: [(a: Shape, b: Shape, result: Shape)] = [
    ([3, 4, 5], [3, 5, 2], [3, 4, 2]), ([2, 3, 17, 8], [2, 3, 8, 33], [2, 3, 17, 33]),
    ([2, 1, 4, 5], [3, 5, 6], [2, 3, 4, 6]), ([4, 5], [3, 5, 2], [3, 4, 2]), ([2, 4, 5], [5, 3], [2, 4, 3]),
    ([1, 4, 5], [3, 5, 2], [3, 4, 2]), ([3, 1, 7], [3, 7, 5], [3, 1, 5]), ([3, 7, 1], [3, 1, 5], [3, 7, 5]),
    ([2, 64, 64], [2, 64, 64], [2, 64, 64]), ([200, 3, 3], [200, 3, 3], [200, 3, 3]),
    ([2, 300, 130], [2, 130, 120], [2, 300, 120]), ([0, 2, 3], [0, 3, 2], [0, 2, 2]),
    ([2, 0, 3], [2, 3, 2], [2, 0, 2]),
    ([2, 3, 0], [2, 0, 2], [2, 3, 2]),
  ]

  /// A tensor of leading axes [batch] as its matrices.
  static func matrices(_ x: Tensor, _ batch: Shape) -> [Tensor] {
    let matrix = Shape(Array(x.shape.lengths.suffix(2)))
    let all = x.broadcast(to: Shape(batch.lengths + matrix.lengths)).reshaped(to: Shape([batch.count] + matrix.lengths))
    return (0..<batch.count).map { all[$0] }
  }

  @Test(arguments: cases, [DType.float32, .float64])
  func `each matrix is a product`(_ sizes: (a: Shape, b: Shape, result: Shape), dtype: DType) {
    let (a, b) = (randomTensor(sizes.a, dtype), randomTensor(sizes.b, dtype, seed: 2))
    let batch = Shape(Array(sizes.result.lengths.dropLast(2)))
    let products = zip(Self.matrices(a, batch), Self.matrices(b, batch)).map { matmul($0, $1) }
    let y = matmul(a, b)
    #expect(y.shape == sizes.result)
    guard !products.isEmpty else { return }
    let expected = Tensor(stacking: products).reshaped(to: sizes.result)
    let depth = Double(sizes.a[-1])
    #expect(y.count == 0 || abs(y - expected).max().item <= 8 * depth * epsilon(of: dtype))
    let (left, right) = (a.transposed(-1, -2), b.transposed(-1, -2))
    for other in [matmul(left.transposed, b), matmul(a, right.transposed), matmul(left.transposed, right.transposed)] {
      #expect(other.shape == y.shape && (y.count == 0 || abs(other - y).max().item <= 8 * depth * epsilon(of: dtype)))
    }
    #expect(isSameOnAllWorkers { matmul(a, right.transposed) })
    var sum = y
    sum.addProduct(a, b)
    #expect(y.count == 0 || abs(sum - 2 * y).max().item <= 32 * depth * epsilon(of: dtype))
  }
}
