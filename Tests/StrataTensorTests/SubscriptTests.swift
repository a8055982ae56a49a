import StrataTensor
import Testing

@Suite(.seeded) struct SubscriptTests {
  static let x = counting([4, 5, 6])

  @Test(arguments: DType.allCases)
  func `each axis takes an index or a range`(dtype: DType) {
    let x = counting([4, 5, 6], dtype)
    #expect(x[.all, 1..<3] == moved(x, to: [4, 2, 6]) { [$0[0], $0[1] + 1, $0[2]] })
    #expect(x[.all, .all, 2] == moved(x, to: [4, 5]) { [$0[0], $0[1], 2] })
    #expect(x[1, 0...2, 3...] == moved(x, to: [3, 3]) { [1, $0[0], $0[1] + 3] })
    #expect(x[..<2, ...1] == moved(x, to: [2, 2, 6]) { $0 })
    #expect(x[2..<2].shape == [0, 5, 6])
    #expect(x[.all] == x)
  }

  @Test func `negative numbers count from the end`() {
    let x = Self.x
    #expect(x[-1] == x[3] && x[0, -2] == x[0, 3])
    #expect(x[(-2)...] == x[2...] && x[.all, ..<(-1)] == x[.all, ..<4] && x[.all, ...(-2)] == x[.all, 0...3])
    #expect(x[.all, .all, -3 ..< -1] == x[.all, .all, 3..<5])
  }

  @Test func `steps go forwards and backwards`() {
    let x = Self.x
    #expect(x[.every(2)] == moved(x, to: [2, 5, 6]) { [2 * $0[0], $0[1], $0[2]] })
    #expect(x[.all, .every(3, in: 1...)] == moved(x, to: [4, 2, 6]) { [$0[0], 1 + 3 * $0[1], $0[2]] })
    #expect(x[.every(-1)] == x.flipped(along: 0))
    #expect(x[.ellipsis, .every(-2)] == moved(x, to: [4, 5, 3]) { [$0[0], $0[1], 5 - 2 * $0[2]] })
    #expect(x[.all, .every(-1, in: 1..<3), .every(7)] == moved(x, to: [4, 2, 1]) { [$0[0], 2 - $0[1], 0] })
    #expect(x[.every(2, in: 1..<1)].shape == [0, 5, 6])
  }

  @Test func `axes are added, and the rest taken whole`() {
    let x = Self.x
    #expect(x[.ellipsis, 0] == x[.all, .all, 0] && x[0, .ellipsis] == x[0] && x[.ellipsis] == x)
    #expect(x[.newAxis].shape == [1, 4, 5, 6] && x[.ellipsis, .newAxis].shape == [4, 5, 6, 1])
    #expect(x[.all, .newAxis, 2].shape == [4, 1, 6])
  }

  @Test(arguments: DType.allCases)
  func `what is assigned broadcasts to the selection`(dtype: DType) {
    var x = Tensor(zeros: [3, 4], dtype: dtype)
    x[0] = Tensor([1, 2, 3, 4], dtype: dtype)
    x[1..., .every(2)] = Tensor([[5], [6]], dtype: dtype)
    #expect(x == Tensor([[1, 2, 3, 4], [5, 0, 5, 0], [6, 0, 6, 0]], dtype: dtype))
    x[.all, -1] = 9
    x[2, 0..<0] = 7
    #expect(x == Tensor([[1, 2, 3, 9], [5, 0, 5, 9], [6, 0, 6, 9]], dtype: dtype))
    x[.every(-1)] = copy x
    #expect(x[0] == Tensor([6, 0, 6, 9], dtype: dtype), "both sides may be the same tensor")
    x[.all, .newAxis, 0] = Tensor([[1], [2], [3]], dtype: dtype)
    #expect(x[.all, 0] == Tensor([1, 2, 3], dtype: dtype))
  }

  @Test func `a part is changed in place, and no other holder of the tensor with it`() {
    let x = counting([3, 2])
    var y = x
    y[1] += 10
    y[.all, 0] *= 2
    #expect(y == [[0, 1], [24, 13], [8, 5]] && x == counting([3, 2]))
    let before = address(of: y)
    y[2, 1] = 6
    #expect(address(of: y) == before && y[2, 1] == 6)
  }

  @Test func `one number is read`() {
    let number: Double = Self.x[1, 2, 3]
    #expect(number == 45 && Self.x[-1, -1, -1] == 119)
  }

  @Test func `large assignments are shared among workers`() {
    #expect(
      isSameOnAllWorkers {
        var x = Tensor(zeros: [300, 400])
        x[.every(2), .every(-1)] = counting([150, 400])
        return x
      })
  }
}
