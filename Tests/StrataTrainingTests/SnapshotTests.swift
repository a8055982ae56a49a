import Strata
import StrataTensor
import Testing

/// Answers of a model that learns meanwhile.
@Suite(.seeded) struct SnapshotTests {
  /// A model whose every number is the count of its steps, if the steps are whole: its answer to 1 is that count to the
  /// power of its depth.
  private let model: Sequential = {
    let model = Sequential { for _ in 0..<6 { Linear(1, 1, bias: false); Scale() } }
    model.convert(to: .float64)
    for (_, parameter) in model.parameters { parameter.value = Tensor(zeros: parameter.shape, dtype: .float64) }
    return model
  }()

  /// Passes its input on. Its parameter takes a while to move.
  private struct Scale: Layer {
    let weight = Parameter([3_000], initialValue: 0)
    func forward(_ x: consuming Tensor) -> (Tensor, Void) { (x, ()) }
    func backward(_ dy: consuming Tensor, _ cache: Void, _ gradients: inout Gradients) -> Tensor { dy }
  }

  private func train(_ steps: Int) throws {
    var optimizer = SGD(for: model, learningRate: 1)
    for _ in 0..<steps {
      var gradients = Gradients()
      for (_, parameter) in model.parameters {
        gradients.add(Tensor(repeating: -1, shape: parameter.shape, dtype: .float64), to: parameter)
      }
      try optimizer.update(along: gradients)
    }
  }

  @Test func `while a model learns, each answer is that of a whole step`() async throws {
    let model = model
    try await withThrowingTaskGroup(of: [Double].self) { group in
      group.addTask {
        try train(400)
        return []
      }
      for _ in 0..<3 {
        group.addTask {
          var counts: [Double] = []
          while counts.last != 400 {
            let snapshot = model.snapshot()
            let numbers = snapshot.state.values.flatMap { Set($0.elements(as: Double.self)) }
            let answer = snapshot.run { model(Tensor(ones: [1, 1], dtype: .float64)).item }
            #expect(Set(numbers).count == 1, "the parts of a snapshot are of one step")
            var power = 1.0
            for _ in 0..<6 { power *= numbers[0] }
            #expect(answer == power)
            counts.append(numbers[0])
          }
          return counts
        }
      }
      for try await counts in group { #expect(counts == counts.sorted()) }
    }
  }

  @Test func `a snapshot stays, for its task alone, while steps and loads go on`() async throws {
    try train(2)
    let (x, snapshot) = (Tensor(ones: [1, 1], dtype: .float64), model.snapshot())
    try train(1)
    #expect(model(x).item == 729)
    #expect(snapshot.run { model(x).item } == 64)
    #expect(await snapshot.run { await Task { model(x).item }.value } == 64)
    let outside = await snapshot.run { await Task.detached { [model] in model(x).item }.value }
    #expect(outside == 729)
    try model.load(snapshot.state)
    #expect(model(x).item == 64)
    // Of a snapshot in a snapshot the inner one counts, and afterwards the outer one again.
    try train(2)
    let later = model.snapshot()
    #expect(snapshot.run { [later.run { model(x).item }, model(x).item] } == [4096, 64])
    model.convert(to: .float32)
    #expect(snapshot.run { model(x).item } == 64)
    #expect(model(Tensor(ones: [1, 1])).item == 4096)
  }

  @Test func `statistics are part of it`() throws {
    let model = Sequential {
      Linear(2, 3); BatchNorm(3)
    }
    let x = Tensor(normal: [4, 2])
    let (snapshot, before) = (model.snapshot(), model(x))
    var optimizer = SGD(for: model, learningRate: 0.1)
    try optimizer.update(along: model.gradients(at: x) { ($0.sum().item, $0) }.gradients)
    #expect(model(x) != before)
    #expect(snapshot.run { model(x) }.isIdentical(to: before))
    #expect(Set(snapshot.state.keys) == Set(model.state.keys))
  }
}
