import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct GradientsTests {
  private let parameter = Parameter(Tensor(zeros: [2, 2]))

  @Test func `gradients add, however they arrive`() {
    var gradients = Gradients()
    gradients.add([[1, 2], [3, 4]], to: parameter)
    gradients.add([[1, 1], [1, 1]], to: parameter)
    gradients.addProduct([[1, 0], [0, 1]] as Tensor, [[1, 2], [3, 4]] as Tensor, to: parameter)
    #expect(gradients[parameter] == [[3, 5], [7, 9]])
    let bias = Parameter([2], initialValue: 0)
    gradients.addColumnSums(of: [[1, 2], [3, 4], [5, 6]], to: bias)
    gradients.addColumnSums(of: [[1, 2]], to: bias)
    #expect(gradients[bias] == [10, 14])
    #expect(gradients.receivers.map(ObjectIdentifier.init) == [parameter, bias].map(ObjectIdentifier.init))
  }

  @Test func `two micro-batches equal the batch`() throws {
    let model = withSeed(1) {
      Sequential {
        Linear(3, 4); Tanh(); Linear(4, 2)
      }
    }
    model.convert(to: .float64)
    let x = Tensor(normal: [7, 3], dtype: .float64)
    let labels = Tensor(labels: [0, 1, 1, 0, 1, 0, 0])
    let loss = SoftmaxCrossEntropy(reduction: .sum)
    let (value, whole) = model.gradients(at: x) { loss.evaluate($0, labels) }
    var parts = Gradients()
    var total = 0.0
    for rows in [0..<4, 4..<7] {
      total += model.accumulateGradients(at: x[rows], into: &parts) { loss.evaluate($0, labels[rows]) }
    }
    #expect(abs(total - value) < 1e-12)
    for (_, parameter) in model.parameters {
      #expect(relativeError(parts[parameter]!, whole[parameter]!) < 1e-13)
    }
  }

  @Test func `an update between forward and backward does not touch the gradient`() {
    let layer = withSeed(1) { Linear(3, 2) }
    let x = Tensor(normal: [4, 3])
    let dy = Tensor(normal: [4, 2])
    let (_, expected, _) = layer.run(x, dy)
    let (_, cache) = layer.forward(x)
    layer.weight.value = Tensor(zeros: [3, 2])
    var gradients = Gradients()
    #expect(layer.backward(dy, cache, &gradients).isIdentical(to: expected))
  }

  @Test func `statistics move by momentum, in the order observed`() {
    let statistic = Statistic([1])
    var gradients = Gradients()
    gradients.observe([3], for: statistic, momentum: 0.5)
    gradients.observe([10], for: statistic, momentum: 0.1)
    gradients.applyObservations()
    #expect(relativeError(statistic.value, [2.8]) < 1e-7)
  }

  @Test func `gradients added to others bring their tensors and what they observed`() {
    let statistic = Statistic([0])
    var (some, others) = (Gradients(), Gradients())
    some.add(Tensor(ones: [2, 2]), to: parameter)
    some.observe([8], for: statistic, momentum: 0.5)
    others.add(Tensor(repeating: 2, shape: [2, 2]), to: parameter)
    others.observe([1], for: statistic, momentum: 0.25)
    some.add(others)
    #expect(some[parameter] == [[3, 3], [3, 3]])
    some.applyObservations()
    #expect(statistic.value == [3.25])  // 0 to 4 by the first, a quarter of the way from there to 1 by the second
  }

  @Test func `every change of a parameter is a new version`() {
    let box = parameter.box
    var versions = [box.version]
    for value in [1.0, 2, 3] {
      parameter.value = Tensor(repeating: value, shape: [2, 2])
      versions.append(box.version)
    }
    #expect(Set(versions).count == 4)
  }

  /// A table of 50 rows, and the gradients that lookups of it have: rows alone, and in full.
  private struct Lookups {
    let table = Parameter(Tensor(normal: [50, 3]))
    var (sparse, full) = (Gradients(), Gradients())

    mutating func look(up indices: [Int32], _ change: (inout Gradients) -> Void = { _ in }) {
      let dy = Tensor(normal: [indices.count, 3])
      for isSparse in [true, false] {
        var pass = Gradients()
        pass.addRows(of: dy, at: Tensor(indices), to: table, isSparse: isSparse)
        change(&pass)
        if isSparse { sparse.add(pass) } else { full.add(pass) }
      }
    }
  }

  @Test func `rows hold the bits of the gradient in full, over uses, batches and factors`() throws {
    var lookups = Lookups()
    lookups.look(up: [7, 3, 7, 49, 7, 3])
    #expect(lookups.sparse.rows(of: lookups.table)!.indices == Tensor([3, 7, 49] as [Int32]))
    lookups.look(up: [0, 7]) { $0.scale(by: 1 / 3) }
    lookups.look(up: [])
    lookups.look(up: [3]) { $0.modifyEach { $1 = $1 * 2 } }
    let (table, rows) = (lookups.table, lookups.sparse.rows(of: lookups.table))
    // What is changed in full is in full from there on.
    #expect(rows == nil && lookups.full.rows(of: table) == nil)
    #expect(lookups.sparse[table]!.isIdentical(to: lookups.full[table]!))
  }

  @Test func `what is added after a look at all numbers is looked at too`() {
    let parameter = Parameter(Tensor(zeros: [4, 2]))
    for isSparse in [true, false] {
      var gradients = Gradients()
      gradients.addRows(of: [[1, 2]], at: Tensor([1] as [Int32]), to: parameter, isSparse: isSparse)
      gradients.markAsFinite()
      #expect(gradients.unchecked.isEmpty)
      gradients.addRows(of: [[.infinity, 2]], at: Tensor([3] as [Int32]), to: parameter, isSparse: isSparse)
      #expect(gradients.unchecked.count == 1)
    }
  }

  @Test func `a gradient that is not sparse makes rows one in full, whichever came first`() {
    var lookups = Lookups()
    lookups.look(up: [2, 2, 9])
    var (first, last) = (Gradients(), lookups.sparse)
    first.add(Tensor(ones: [50, 3]), to: lookups.table)
    first.add(lookups.sparse)
    last.addProduct(Tensor(ones: [50, 1]), Tensor(ones: [1, 3]), to: lookups.table)
    let expected = lookups.full[lookups.table]! + 1
    #expect(first[lookups.table] == expected && last[lookups.table] == expected)
    #expect(first.rows(of: lookups.table) == nil && last.rows(of: lookups.table) == nil)
  }
}
