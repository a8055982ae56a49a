import StrataTensor
import Testing

/// The order of elements along an axis, against the standard library's stable sort.
@Suite(.seeded) struct OrderingTests {
  static let shapes: [Shape] = [
    [1], [7], [2, 3], [5, 48], [3, 49], [2, 70, 3], [4, 300], [3_000], [2, 1, 65], [0, 3],
  ]

  /// Numbers with many equal ones, ±∞, −0 and NaN among them.
  static func numbers(_ shape: Shape, _ dtype: DType) -> Tensor {
    let x = (4 * randomTensor(shape, .float64, seed: 9)).converted(to: .int32).converted(to: dtype)
    guard dtype != .int32, x.count > 6 else { return x }
    var y = x.reshaped([-1])
    (y[1], y[2], y[3], y[x.count - 1]) = (.nan, .infinity, -.infinity, .nan)
    y[4] = -0.0
    return y.reshaped(to: shape)
  }

  /// Whether a comes before b: NaN is the largest number.
  static func precedes(_ a: Double, _ b: Double) -> Bool { a < b || !a.isNaN && b.isNaN }

  /// The indices of each line along the axis in order, as one tensor.
  static func order(_ x: Tensor, along axis: Int, descending: Bool) -> Tensor {
    let values = doubles(x)
    let (outer, length, inner) = x.shape.around(axis)
    var result = Array(repeating: Int32(0), count: x.count)
    for line in 0..<outer * inner {
      func place(_ index: Int) -> Int { (line / inner * length + index) * inner + line % inner }
      let order = (0..<length).sorted {
        let (a, b) = (values[place($0)], values[place($1)])
        if descending ? precedes(b, a) : precedes(a, b) { return true }
        return $0 < $1 && !(descending ? precedes(a, b) : precedes(b, a))
      }
      for (position, index) in order.enumerated() { result[place(position)] = Int32(index) }
    }
    return Tensor(result, shape: x.shape)
  }

  @Test(arguments: shapes, DType.allCases)
  func `sorting is stable along every axis`(shape: Shape, dtype: DType) {
    let x = Self.numbers(shape, dtype)
    for axis in 0..<shape.rank {
      for descending in [false, true] {
        let (values, indices) = x.sorted(along: axis, descending: descending)
        #expect(indices == Self.order(x, along: axis, descending: descending), "along \(axis)")
        #expect(values.isIdentical(to: x.gathered(indices, along: axis)))
        #expect(x.argsort(along: axis - shape.rank, descending: descending) == indices)
      }
    }
  }

  @Test(arguments: shapes, DType.allCases)
  func `the first few are those of the whole order`(shape: Shape, dtype: DType) {
    let x = Self.numbers(shape, dtype)
    for axis in 0..<shape.rank {
      for k in Set([0, 1, 3, 64, 65, shape[axis]]) where k <= shape[axis] {
        for largest in [false, true] {
          let (values, indices) = x.topK(k, along: axis, largest: largest)
          let order = Self.order(x, along: axis, descending: largest)
          #expect(indices == order.sliced(0..<k, along: axis), "\(k) along \(axis)")
          #expect(values.shape == indices.shape)
        }
      }
    }
  }

  @Test(arguments: shapes, DType.allCases)
  func `the largest and smallest elements are where the order begins`(shape: Shape, dtype: DType) {
    let x = Self.numbers(shape, dtype)
    for axis in 0..<shape.rank where shape[axis] > 0 {
      let largest = Self.order(x, along: axis, descending: true).sliced(0..<1, along: axis)
      #expect(x.argmax(along: axis, keepingAxis: true) == largest)
      #expect(x.argmax(along: axis) == largest.squeezed(axis))
      // That of a NaN, which is the largest, counts as smallest too, as in NumPy and PyTorch.
      let wide = x.converted(to: .float64)
      let least = (-wide.clipped(to: -1e8...1e8)).replacing(with: 1e9, where: isNaN(wide))
      #expect(x.argmin(along: axis) == least.argmax(along: axis))
      let (values, indices) = x.maxWithIndices(along: axis)
      #expect(values.isIdentical(to: x.max(along: axis)) || !values.isFinite)
      #expect(indices == x.argmax(along: axis))
      #expect(x.minWithIndices(along: axis, keepingAxis: true).indices == x.argmin(along: axis, keepingAxis: true))
    }
  }

  @Test func `argmax is the first of equals`() {
    let x: Tensor = [[1, 3, 3], [9, 2, 1], [-3, -1, -2]]
    #expect(x.argmax() == Tensor(labels: [1, 0, 1]) && x.argmin() == Tensor(labels: [0, 2, 0]))
    #expect(x.argmax(along: 0) == Tensor(labels: [1, 0, 0]))
    #expect(x.argmax().dtype == .int32)
    #expect(Tensor(zeros: [100]).argmax().item == 0 && Tensor([-0.0, 0.0] as [Float]).argmax().item == 0)
    #expect(Tensor(zeros: [0, 3]).argmax().shape == [0])
    #expect(Tensor([1, .nan, 9, .nan] as [Double]).argmax().item == 1)
  }

  @Test func `bits do not depend on the workers`() {
    let x = randomTensor([40, 1_000])
    #expect(isSameOnAllWorkers { x.argsort() } && isSameOnAllWorkers { x.topK(5, along: 0).values })
    #expect(isSameOnAllWorkers { x.cumulativeSum(along: 0) } && isSameOnAllWorkers { x.prod(along: 1) })
  }
}

@Suite(.seeded) struct CumulativeTests {
  @Test(arguments: OrderingTests.shapes, DType.allCases)
  func `sums and products go along every axis`(shape: Shape, dtype: DType) {
    let x = dtype == .int32 ? Tensor(repeating: 2, shape: shape, dtype: dtype) : 1 + randomTensor(shape, dtype) / 50
    for axis in 0..<shape.rank {
      let (sums, products) = (x.cumulativeSum(along: axis), x.cumulativeProduct(along: axis))
      #expect(sums.dtype == dtype && sums.shape == shape && products.shape == shape)
      let wide = x.converted(to: .float64)
      for index in 0..<shape[axis] where index < 30 {
        let part = wide.sliced(0..<index + 1, along: axis)
        let (sum, product) = (part.sum(along: axis), doubles(part.prod(along: axis)))
        for (a, b) in zip(doubles(sums.sliced(index..<index + 1, along: axis)), doubles(sum)) {
          #expect(Swift.abs(a - b) <= 2 * epsilon(of: dtype) * Swift.abs(b))
        }
        for (a, b) in zip(doubles(products.sliced(index..<index + 1, along: axis)), product) {
          #expect(Swift.abs(a - rounded(b, to: dtype)) <= 4 * epsilon(of: dtype) * b)
        }
      }
    }
  }

  @Test func `the last of a million small terms is not lost`() {
    let x = Tensor(repeating: 0.1, shape: [1_000_000])
    #expect(x.cumulativeSum(along: 0)[-1] == Double(Float(Double(Float(0.1)) * 1e6)))
  }

  @Test(arguments: [DType.float32, .float64])
  func `the product of many blocks is that of all`(dtype: DType) {
    let x = 1 + randomTensor([40_003], dtype) / 100
    let expected = doubles(x).reduce(1, *)
    for product in [x.prod(), x.prod(along: 0)] {
      #expect(Swift.abs(product.item - expected) <= (epsilon(of: dtype) + 1e-12) * Swift.abs(expected))
    }
    #expect(isSameOnAllWorkers { x.prod() } && Tensor(zeros: [0], dtype: dtype).prod().item == 1)
    // Beyond float in the middle, but not in double.
    #expect(Tensor([1e30, 1e30, 1e-30, 1e-30] as [Double]).converted(to: dtype).prod().item.rounded() == 1)
  }

  @Test func `places of the largest are found in every block of a row`() {
    for place in [0, 15, 16, 63, 64, 127, 128, 130] {
      var x = Tensor(zeros: [3, 131])
      x[1, place] = 2
      x[1, 130] = 2
      x[2, place] = .nan
      #expect(
        x.argmax(along: 1) == Tensor([0, Int32(place), Int32(place)]) && (-x).argmin(along: 1) == x.argmax(along: 1))
    }
  }

  @Test func `NaN, infinities and nothing`() {
    #expect(
      doubles(([1, .infinity, -.infinity, 2] as Tensor).cumulativeSum(along: 0)).map(\.isNaN) == [
        false, false, true, true,
      ])
    #expect(([2, 0, .infinity] as Tensor).cumulativeProduct(along: 0)[1] == 0)
    #expect(Tensor(zeros: [2, 0]).cumulativeSum(along: 1).shape == [2, 0])
    #expect(Tensor(zeros: [2, 0]).prod(along: 1) == [1, 1] && Tensor(zeros: [0]).prod().item == 1)
    #expect(([[1, 2], [3, 4]] as Tensor).prod().item == 24)
    #expect(Tensor(labels: [1 << 20, 1 << 20, 3]).cumulativeProduct(along: 0)[1] == 0, "wraps around")
  }
}
