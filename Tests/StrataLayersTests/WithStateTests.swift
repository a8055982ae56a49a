import Strata
import StrataTensor
import Testing

/// A model with other numbers for a while.
@Suite(.seeded) struct WithStateTests {
  private let model = withSeed(1) {
    Sequential {
      Linear(3, 3); BatchNorm(3); Dropout(0.5)
    }
  }
  private let x = Tensor(ones: [4, 3])

  @Test func `it runs with the other state, and afterwards every number is back`() throws {
    let other = withSeed(2) {
      Sequential {
        Linear(3, 3); BatchNorm(3); Dropout(0.5)
      }
    }
    let (before, y) = (model.state, model(x))
    let found = try model.withState(other.state) {
      _ = model.forward(x)  // draws a key
      return model(x)
    }
    #expect(found.isIdentical(to: other(x)) && found != y)
    #expect(model(x).isIdentical(to: y))
    for (path, value) in model.state { #expect(value.isIdentical(to: before[path]!), "\(path)") }
  }

  @Test func `training in it leaves nothing behind`() throws {
    let before = model.state
    try model.withState(before) {
      var optimizer = SGD(for: model, learningRate: 1)
      let (_, gradients) = model.gradients(at: Tensor(normal: [4, 3])) { ($0.sum().item, $0) }
      try optimizer.update(along: gradients)
      #expect(model.state["0.bias"] != before["0.bias"])
    }
    for (path, value) in model.state { #expect(value.isIdentical(to: before[path]!), "\(path)") }
  }

  @Test func `a state that does not fit, or an error, changes nothing`() throws {
    struct Refusal: Error {}
    let before = model.state
    var wrong = before
    wrong["0.bias"] = Tensor(ones: [7])
    #expect(throws: StateError.self) { try model.withState(wrong) { Issue.record("it ran") } }
    #expect(throws: Refusal.self) { try model.withState(before.mapValues { $0 }) { throw Refusal() } }
    for (path, value) in model.state { #expect(value.isIdentical(to: before[path]!), "\(path)") }
  }
}
