import StrataTensor
import Testing

@Suite(.seeded) struct IndexingTests {
  static let x = Tensor((0..<24).map { Float($0) }, shape: [2, 3, 4])

  @Test func `an index takes a row`() {
    #expect(Self.x[1].shape == [3, 4])
    #expect(doubles(Self.x[1]) == (12..<24).map(Double.init))
    #expect(Self.x[1, 2] == [20, 21, 22, 23])
    #expect(Self.x[1, 2, 3].shape == [])
    #expect(Self.x[1, 2, 3].item == 23)
  }

  @Test func `a range takes rows`() {
    #expect(Self.x[1..<2].shape == [1, 3, 4])
    #expect(Self.x[0..<2] == Self.x)
    #expect(Self.x[2..<2].shape == [0, 3, 4])
    #expect(Tensor(labels: [5, 6, 7])[1..<3] == Tensor(labels: [6, 7]))
  }

  @Test(arguments: DType.allCases)
  func `rows are gathered in the order asked for`(dtype: DType) {
    let table = Tensor([[0, 1], [10, 11], [20, 21]], dtype: dtype)
    #expect(table.gathered(rows: [2, 0, 2]) == Tensor([[20, 21], [0, 1], [20, 21]], dtype: dtype))
    #expect(table.gathered(rows: [Int]()).shape == [0, 2])
  }

  @Test func `a tensor of row numbers gives its shape`() {
    let table: Tensor = [[0, 1], [10, 11], [20, 21]]
    let rows = Tensor([[2, 0], [1, 1]], dtype: .int32)
    #expect(table.gathered(rows: rows) == [[[20, 21], [0, 1]], [[10, 11], [10, 11]]])
    #expect(([7, 8, 9] as Tensor).gathered(rows: rows) == [[9, 7], [8, 8]])
  }

  @Test func `reshaping keeps row major order`() {
    #expect(([[1, 2, 3], [4, 5, 6]] as Tensor).reshaped(to: [3, 2]) == [[1, 2], [3, 4], [5, 6]])
    #expect(Tensor(zeros: [0, 3]).reshaped(to: [5, 0]).shape == [5, 0])
    #expect(([7] as Tensor).reshaped(to: []).shape == [])
  }

  @Test func `one length can be left open`() {
    #expect(Self.x.reshaped([-1]).shape == [24])
    #expect(Self.x.reshaped([4, -1]).shape == [4, 6])
    #expect(Self.x.reshaped([2, -1, 2]).shape == [2, 6, 2])
    #expect(Tensor(zeros: [0, 3]).reshaped([-1, 3]).shape == [0, 3])
    #expect(Self.x.reshaped([6, 4]).shape == [6, 4])
  }

  @Test func `a slice is a range of any axis`() {
    #expect(Self.x.sliced(1..<3, along: 1)[0] == [[4, 5, 6, 7], [8, 9, 10, 11]])
    #expect(Self.x.sliced(0..<1, along: -1).shape == [2, 3, 1])
    #expect(Self.x.sliced(3..<4, along: -1) == Self.x.split([3, 1], along: 2)[1])
    #expect(Self.x.sliced(2..<2, along: 0).shape == [0, 3, 4])
    #expect(Self.x.sliced(0..<3, along: 1) == Self.x)
  }

  @Test(arguments: DType.allCases)
  func `one-hot rows are 1 at the class`(dtype: DType) {
    let rows = Tensor(oneHot: Tensor(labels: [2, 0]), classes: 3, dtype: dtype)
    #expect(rows == Tensor([[0, 0, 1], [1, 0, 0]], dtype: dtype))
    #expect(Tensor(oneHot: Tensor([[1], [0]], dtype: .int32), classes: 2).shape == [2, 1, 2])
  }

  @Test func `all axes but the last become rows`() {
    #expect(Self.x.asMatrix().shape == [6, 4])
    #expect(Tensor(zeros: [5]).asMatrix().shape == [1, 5])
    #expect(Tensor(zeros: [3, 2]).asMatrix().shape == [3, 2])
  }

  @Test func `stacking makes a new first axis`() {
    let y = Tensor(stacking: [[1, 2], [3, 4], [5, 6]])
    #expect(y == [[1, 2], [3, 4], [5, 6]])
    #expect(Tensor(stacking: [Tensor(1), Tensor(2)]) == [1, 2])
    #expect(Tensor(stacking: [Self.x[0], Self.x[1]]) == Self.x)
  }

  @Test func `concatenating joins rows`() {
    let y = Tensor(concatenating: [[[1, 2]], [[3, 4], [5, 6]], Tensor(zeros: [0, 2])])
    #expect(y == [[1, 2], [3, 4], [5, 6]])
    #expect(
      Tensor(concatenating: [Tensor(labels: [1]), Tensor(labels: [2, 3])]) == Tensor(labels: [1, 2, 3]))
  }

  @Test func `pieces of a tensor join to the whole`() {
    let x = randomTensor([17, 3], .float64)
    #expect(Tensor(concatenating: [x[0..<5], x[5..<5], x[5..<17]]).isIdentical(to: x))
    #expect(Tensor(stacking: (0..<17).map { x[$0] }).isIdentical(to: x))
    #expect(x.gathered(rows: Array(0..<17)).isIdentical(to: x))
  }
}

@Suite(.seeded) struct NearestNameTests {
  @Test func `the likeliest name is suggested`() {
    let names = ["0.weight", "0.bias", "2.weight"]
    #expect(nearest(to: "0.wieght", among: names) == "0.weight")
    #expect(nearest(to: "0.bais", among: names) == "0.bias")
    #expect(nearest(to: "2.weight", among: names) == "2.weight")
  }

  @Test func `nothing is suggested where nothing is alike`() {
    #expect(nearest(to: "xyz", among: ["momentum"]) == nil)
    #expect(nearest(to: "xyz", among: []) == nil)
    #expect(editDistance(from: "kitten", to: "sitting") == 3)
    #expect(editDistance(from: "0.*", to: "0.bias") == 4, "a star is a letter like any other")
  }
}
