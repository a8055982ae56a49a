import StrataTensor
import Testing

@Suite(.seeded) struct ReductionTests {
  static let shapes: [Shape] = [
    [1], [7], [300], [2, 3], [3, 1], [1, 3], [17, 33], [5, 200], [200, 5], [4, 3, 5], [2, 1, 64, 3],
    [130, 70], [3, 40, 17], [1_030, 3], [3, 2_100],
  ]

  /// The reduction of every line along the axis, in double.
  func lines(_ x: Tensor, along axis: Int) -> [[Double]] {
    let values = doubles(x)
    let length = x.shape[axis]
    let inner = x.shape.lengths[(axis + 1)...].reduce(1, *)
    let outer = x.shape.lengths[..<axis].reduce(1, *)
    return (0..<outer * inner).map { line in
      (0..<length).map { values[(line / inner * length + $0) * inner + line % inner] }
    }
  }

  func shapeWithout(_ axis: Int, _ shape: Shape) -> Shape {
    var lengths = shape.lengths
    lengths.remove(at: axis)
    return Shape(lengths)
  }

  /// Returns the largest error of the sums relative to the allowed error.
  ///
  /// Sums of `float32` are taken in double and rounded once; of n terms of `float64`, to n half-epsilons
  /// of Σ |x|.
  func worstError(_ sums: Tensor, of lines: [[Double]]) -> Double {
    zip(doubles(sums), lines).reduce(0) { worst, pair in
      let (sum, line) = pair
      let exact = line.reduce(0, +)
      let magnitude = line.reduce(0) { $0 + Swift.abs($1) }
      let allowed =
        sums.dtype == .float32
        ? Double(Float(exact).ulp) / 2 + magnitude * 1e-14
        : Double(line.count) * Double.ulpOfOne * magnitude
      return Swift.max(worst, Swift.abs(sum - exact) / allowed)
    }
  }

  @Test(arguments: shapes, [DType.float32, .float64])
  func `sums along every axis agree with the loop`(shape: Shape, dtype: DType) {
    let x = randomTensor(shape, dtype)
    for axis in 0..<shape.rank {
      let sum = x.sum(along: axis)
      #expect(sum.shape == shapeWithout(axis, shape))
      #expect(worstError(sum, of: lines(x, along: axis)) <= 1, "along \(axis)")
      #expect(x.sum(along: axis - shape.rank).isIdentical(to: sum), "counted from the end")
      var kept = shape.lengths
      kept[axis] = 1
      #expect(x.sum(along: axis, keepingAxis: true).isIdentical(to: sum.reshaped(to: Shape(kept))))
    }
  }

  @Test(arguments: shapes, [DType.float32, .float64])
  func `extremes along every axis agree with the loop`(shape: Shape, dtype: DType) {
    let x = randomTensor(shape, dtype)
    for axis in 0..<shape.rank {
      let lines = lines(x, along: axis)
      #expect(doubles(x.max(along: axis)) == lines.map { $0.max()! }, "\(shape) along \(axis)")
      #expect(doubles(x.min(along: axis)) == lines.map { $0.min()! }, "\(shape) along \(axis)")
      #expect(x.max(along: axis).shape == shapeWithout(axis, shape))
      #expect(x.min(along: axis, keepingAxis: true).rank == shape.rank)
    }
    #expect(x.max().shape == [])
    #expect(x.max().item == doubles(x).max())
    #expect(x.min().item == doubles(x).min())
  }

  @Test(arguments: shapes, [DType.float32, .float64])
  func `a NaN wins wherever it stands`(shape: Shape, dtype: DType) {
    let x = doubles(randomTensor(shape, dtype))
    for position in Set([0, x.count / 2, x.count * 3 / 4, x.count - 1]) {
      var values = x
      values[position] = .nan
      let y = Tensor(values, shape: shape).converted(to: dtype)
      #expect(y.max().item.isNaN)
      #expect(y.min().item.isNaN)
      for axis in 0..<shape.rank {
        let isNaN = lines(y, along: axis).map { $0.contains(where: \.isNaN) }
        #expect(doubles(y.max(along: axis)).map(\.isNaN) == isNaN)
        #expect(doubles(y.min(along: axis)).map(\.isNaN) == isNaN)
      }
    }
  }

  @Test func `infinities are extremes`() {
    let x = Tensor([-.infinity, 1, .infinity, -.infinity] as [Float], shape: [2, 2])
    #expect(doubles(x.max(along: 1)) == [1, .infinity])
    #expect(doubles(x.min(along: 0)) == [-.infinity, -.infinity])
    #expect(Tensor(repeating: -.infinity, shape: [40]).max().item == -.infinity)
    #expect(Tensor(repeating: .infinity, shape: [40]).min().item == .infinity)
  }

  @Test func `several axes are summed at once`() {
    let x = Tensor((0..<24).map(Double.init), shape: [2, 3, 4])
    #expect(doubles(x.sum(along: [0, 2])) == [60, 92, 124])
    #expect(x.sum(along: [2, 0]) == x.sum(along: [0, 2]))
    #expect(x.sum(along: [0, -1], keepingAxes: true).shape == [1, 3, 1])
    #expect(doubles(x.sum(along: [0, 1, 2])) == [276])
    #expect(x.sum(along: [0, 1, 2]).shape == [])
    #expect(x.sum(along: [1, 1, -2]) == x.sum(along: 1), "an axis named twice is summed once")
    #expect(x.sum(along: []) == x)
  }

  @Test func `means are sums over the count`() {
    let x: Tensor = [[1, 2, 3], [4, 5, 9]]
    #expect(x.mean().item == 4)
    #expect(x.mean(along: 0) == [2.5, 3.5, 6])
    #expect(x.mean(along: 1) == [2, 6])
    #expect(x.mean(along: -1, keepingAxis: true) == [[2], [6]])
    #expect(x.mean(along: [0, 1]).item == 4)
    #expect(x.mean(along: [0, 1], keepingAxes: true) == [[4]])
  }

  @Test func `the sum of all has no axes`() {
    #expect(([[1, 2], [3, 4]] as Tensor).sum() == Tensor(10))
    #expect(Tensor(5).sum() == Tensor(5) && ([2] as Tensor).mean() == Tensor(2))
  }

  @Test(arguments: [DType.float32, .float64])
  func `sums over nothing are zero`(dtype: DType) {
    #expect(doubles(Tensor(zeros: [0], dtype: dtype).sum()) == [0])
    #expect(doubles(Tensor(zeros: [0, 3], dtype: dtype).sum(along: 0)) == [0, 0, 0])
    #expect(doubles(Tensor(zeros: [3, 0], dtype: dtype).sum(along: 1)) == [0, 0, 0])
    #expect(doubles(Tensor(zeros: [2, 0, 2], dtype: dtype).sum(along: 1)) == [0, 0, 0, 0])
    #expect(Tensor(zeros: [0, 3], dtype: dtype).sum(along: 1).shape == [0])
    #expect(Tensor(zeros: [3, 0], dtype: dtype).max(along: 0).shape == [0])
    #expect(Tensor(zeros: [0, 3], dtype: dtype).min(along: 1).shape == [0])
    #expect(Tensor(zeros: [0], dtype: dtype).mean().item.isNaN)
  }
}

@Suite(.seeded) struct ColumnSumTests {
  @Test(
    arguments: [[5], [7, 3], [2, 3, 33], [300, 70], [0, 4], [1_100, 129]] as [Shape],
    [DType.float32, .float64])
  func `column sums are the sum over all axes but the last`(shape: Shape, dtype: DType) {
    let x = randomTensor(shape, dtype)
    let matrix = x.reshaped(to: [shape.lengths.dropLast().reduce(1, *), shape[-1]])
    let sums = x.columnSums()
    #expect(sums.isIdentical(to: matrix.sum(along: 0)))
    let start = randomTensor([shape[-1]], dtype, seed: 4)
    var total = start
    total.addColumnSums(of: x)
    for (sum, expected) in zip(doubles(total), doubles(start + sums)) {
      #expect(Swift.abs(sum - expected) <= epsilon(of: dtype) * 4 * (1 + Swift.abs(expected)))
    }
  }

  @Test func `nothing is read beyond the matrix`() {
    // The kernels read whole vectors; memory beside the matrix must not enter the sums.
    for columns in 1...70 {
      let x = Tensor(ones: [3, columns])
      #expect(x.sum(along: 0) == Tensor(repeating: 3, shape: [columns]))
    }
  }
}

/// Sums of ten million numbers, whose exact value is known.
@Suite(.seeded) struct SummationAccuracyTests {
  static let many = 10_000_000

  @Test func `float32 sums are rounded once`() {
    let exact = Double(Float(0.1)) * Double(Self.many)
    let x = Tensor(repeating: 0.1, shape: [Self.many])
    #expect(x.sum().elements() == [Float(exact)])
    #expect(Swift.abs(x.mean().item - Double(Float(0.1))) <= Double(Float(0.1).ulp))
    #expect(x.reshaped(to: [1, Self.many]).sum(along: 1).elements() == [Float(exact)])
  }

  @Test func `float32 column sums are rounded once`() {
    let x = Tensor(repeating: 0.1, shape: [Self.many / 4, 4])
    let exact = Float(Double(Float(0.1)) * Double(Self.many / 4))
    #expect(x.sum(along: 0).elements() == [exact, exact, exact, exact])
    #expect(x.columnSums().elements() == [exact, exact, exact, exact])
  }

  @Test func `float64 sums keep fifteen digits`() {
    let exact = 0.1 * Double(Self.many)
    let x = Tensor(repeating: 0.1, shape: [Self.many], dtype: .float64)
    #expect(Swift.abs(x.sum().item - exact) <= 4 * exact.ulp)
    #expect(Swift.abs(x.sumOfSquares - 0.1 * 0.1 * Double(Self.many)) <= 1e-15 * Double(Self.many))
  }

  @Test func `a large number does not swallow small ones`() {
    // In float32 arithmetic each 1 after 2²⁴ would be lost.
    let x = Tensor(
      concatenating: [Tensor(repeating: 0x1p24, shape: [1]), Tensor(ones: [1 << 20]), [-0x1p24]])
    #expect(x.sum().item == 0x1p20)
  }

  @Test func `cancellation leaves what is left`() {
    // 1000 copies of a row, then the same negated, then a half.
    let rows = Tensor(zeros: [1_000, 1]) + randomTensor([1, 5_000])
    let x = Tensor(concatenating: [rows, -rows, Tensor(zeros: [1, 5_000]) + 0.5])
    #expect(Swift.abs(x.sum().item - 2_500) <= 1e-15 * 1e7 + Double(Float(2_500).ulp))
  }

  @Test func `sums of squares of finite floats are finite`() {
    let x = Tensor(repeating: 3e38, shape: [1_000])
    let square = Double(Float(3e38)) * Double(Float(3e38))
    #expect(Swift.abs(x.sumOfSquares / (1_000 * square) - 1) < 1e-15)
    #expect(Tensor([3, 4]).sumOfSquares == 25)
    #expect(Tensor(zeros: [0]).sumOfSquares == 0)
    #expect(Tensor([.nan] as [Float]).sumOfSquares.isNaN)
  }

  @Test(arguments: [DType.float32, .float64])
  func `one element that is not finite is found wherever it stands`(dtype: DType) {
    #expect(Tensor(zeros: [0], dtype: dtype).isFinite && Tensor([1, 2] as [Int32]).isFinite)
    var elements = (0..<200).map { Double($0 - 100) * 1e36 }
    #expect(Tensor(elements, shape: [200]).converted(to: dtype).firstNonFinite == nil)
    for index in elements.indices {
      let finite = elements[index]
      elements[index] = [.nan, .infinity, -.infinity][index % 3]
      let x = Tensor(elements, shape: [200]).converted(to: dtype)
      #expect(!x.isFinite && x.firstNonFinite == index)
      elements[index] = finite
    }
  }
}
