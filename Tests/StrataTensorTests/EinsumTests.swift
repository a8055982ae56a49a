import StrataTensor
import Testing

/// Sums of products against the loop over all names.
@Suite(.seeded) struct EinsumTests {
  static let cases: [(equation: String, a: Shape, b: Shape)] = [
    ("ij,jk->ik", [3, 4], [4, 5]), ("ij,kj->ki", [3, 4], [5, 4]), ("i,j->ij", [3], [4]), ("i,i->", [5], [5]),
    ("ij,ij->ij", [2, 3], [2, 3]), ("bthd,bshd->bhts", [2, 3, 2, 4], [2, 5, 2, 4]), ("ijk,k->j", [2, 3, 4], [4]),
    ("ab,cd->dbac", [2, 3], [4, 2]), (",i -> i", [], [3]), ("ij,jl->i", [2, 3], [3, 4]),
  ]

  @Test(arguments: cases, [DType.float32, .float64])
  func `each element is the sum over the names that are not in the result`(
    _ sizes: (equation: String, a: Shape, b: Shape), dtype: DType
  ) {
    let (a, b) = (randomTensor(sizes.a, dtype), randomTensor(sizes.b, dtype, seed: 2))
    let parts = sizes.equation.filter { $0 != " " }.replacing("->", with: ",")
      .split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    let lengths = Dictionary(zip(parts[0] + parts[1], sizes.a.lengths + sizes.b.lengths)) { $1 }
    let names = lengths.keys.sorted()
    let all = Shape(names.map { lengths[$0]! })
    let result = Shape(parts[2].map { lengths[$0]! })
    var expected = Array(repeating: 0.0, count: result.count)
    let (x, y) = (doubles(a), doubles(b))
    for position in 0..<all.count {
      let place = Dictionary(uniqueKeysWithValues: zip(names, indices(of: position, in: all)))
      func at(_ axes: [Character]) -> Int { axes.reduce(0) { $0 * lengths[$1]! + place[$1]! } }
      expected[at(parts[2])] += x[at(parts[0])] * y[at(parts[1])]
    }
    let y2 = einsum(sizes.equation, a, b)
    #expect(y2.shape == result)
    for (found, exact) in zip(doubles(y2), expected) { #expect(Swift.abs(found - exact) <= 100 * epsilon(of: dtype)) }
  }
}

@Suite(.seeded) struct DrawTests {
  @Test func `events come as often as they should`() {
    let p = Tensor([0, 0.25, 1]).broadcast(to: [100_000, 3])
    let share = Tensor(bernoulli: p).mean(along: 0)
    #expect(share[0] == 0 && share[2] == 1 && abs((share[1] as Double) - 0.25) < 0.006)
    let logits = log([0.2, 0, 0.5, 0.3]).broadcast(to: [100_000, 4])
    let drawn = Tensor(categorical: logits)
    #expect(drawn.shape == [100_000] && drawn.dtype == .int32)
    for (k, p) in [0.2, 0, 0.5, 0.3].enumerated() {
      let share = (drawn .== Double(k)).sum().item / 100_000
      #expect(abs(share - p) < 0.006 && (p > 0 || share == 0))
    }
    #expect(abs(Tensor(exponential: [100_000], rate: 4).mean().item - 0.25) < 0.004)
  }

  @Test func `a permutation has every number once`() {
    let order = Tensor(permutation: 1_000)
    #expect(order.sorted().values == Tensor(arange: 0..<1_000) && order != Tensor(arange: 0..<1_000))
    #expect(Tensor(permutation: 0).shape == [0])
  }

  @Test func `integers are uniform below zero too`() {
    let x = Tensor(uniform: [60_000], in: -3..<3, dtype: .int32)
    for k in -3..<3 { #expect(abs((x .== Double(k)).sum().item - 10_000) < 500) }
  }

  @Test func `the same seed draws the same`() {
    let draws: [@Sendable () -> Tensor] = [
      { Tensor(bernoulli: Tensor(repeating: 0.5, shape: [50])) }, { Tensor(categorical: Tensor(zeros: [50, 3])) },
      { Tensor(permutation: 50) }, { Tensor(exponential: [50]) },
    ]
    for draw in draws {
      #expect(withSeed(3, draw).isIdentical(to: withSeed(3, draw)) && withSeed(3, draw) != withSeed(4, draw))
    }
  }
}
