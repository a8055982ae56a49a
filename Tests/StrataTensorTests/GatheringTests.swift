import StrataTensor
import Testing

@Suite(.seeded) struct GatheringTests {
  static let shapes: [(shape: Shape, count: Int)] = [
    ([5], 3), ([1], 4), ([3, 4], 2), ([2, 5, 3], 7), ([40, 60], 50), ([2, 3, 1], 0), ([300, 90], 20),
  ]

  static func indices(_ shape: Shape, _ axis: Int, _ count: Int) -> Tensor {
    let length = Double(shape[axis])
    return (length * Tensor(uniform: shape.replacing(axis, by: count), dtype: .float64)).converted(to: .int32)
  }

  @Test(arguments: shapes, DType.allCases)
  func `elements are read at indices along every axis`(_ at: (shape: Shape, count: Int), dtype: DType) {
    let x = counting(at.shape, dtype)
    for axis in 0..<at.shape.rank {
      let indices = Self.indices(at.shape, axis, at.count)
      let places = indices.elements(as: Int.self)
      var position = 0
      let expected = moved(x, to: indices.shape) { place in
        defer { position += 1 }
        return place.enumerated().map { $0 == axis ? places[position] : $1 }
      }
      #expect(x.gathered(indices, along: axis) == expected)
    }
  }

  @Test(arguments: shapes, DType.allCases)
  func `elements are written and added at indices along every axis`(_ at: (shape: Shape, count: Int), dtype: DType) {
    let x = counting(at.shape, dtype)
    for axis in 0..<at.shape.rank {
      let indices = Self.indices(at.shape, axis, at.count)
      let source = counting(indices.shape, dtype) + 1000
      let (places, values) = (indices.elements(as: Int.self), doubles(source))
      var (written, added) = (doubles(x), doubles(x))
      for position in 0..<indices.count {
        var place = StrataTensorTests.indices(of: position, in: indices.shape)
        place[axis] = places[position]
        let target = zip(place, at.shape.lengths).reduce(0) { $0 * $1.1 + $1.0 }
        written[target] = values[position]
        added[target] += values[position]
      }
      #expect(doubles(x.scattering(source, at: indices, along: axis)) == written)
      #expect(doubles(x.scattering(source, at: indices, along: axis, adding: true)) == added)
      #expect(x == counting(at.shape, dtype), "others that hold the tensor keep it")
    }
  }

  @Test func `many small terms at one place are not lost`() {
    let many = 100_000
    let y = Tensor(zeros: [1]).scattering(
      Tensor(repeating: 0.1, shape: [many]), at: Tensor(zeros: [many], dtype: .int32), along: 0, adding: true)
    #expect(y.elements() == [Float(Double(Float(0.1)) * Double(many))])
  }

  @Test func `another tensor of the same memory does not see what is added`() {
    let x = randomTensor([3, 200])
    let before = x.copied()
    let indices = Tensor(zeros: [3, 50], dtype: .int32)
    let y = x.scattering(Tensor(ones: [3, 50]), at: indices, along: 1, adding: true)
    #expect(x.isIdentical(to: before) && y[.all, 1...].isIdentical(to: x[.all, 1...]))
    #expect(x.scattering(Tensor(ones: [3, 0]), at: Tensor(zeros: [3, 0], dtype: .int32), along: 1, adding: true) == x)
  }

  @Test func `bits do not depend on the workers`() {
    let (x, indices) = (randomTensor([200, 300]), Self.indices([200, 300], 1, 400))
    #expect(isSameOnAllWorkers { x.gathered(indices, along: 1) })
    let source = randomTensor([200, 400])
    #expect(isSameOnAllWorkers { x.scattering(source, at: indices, along: 1, adding: true) })
  }
}
