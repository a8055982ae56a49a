import Strata
import StrataTensor
import Testing

/// Parameters are found wherever Swift lets a layer keep them.
@Suite(.seeded) struct ModelWalkTests {
  private struct Everywhere: Layer {
    let plain = Parameter([1], initialValue: 0)
    let optional: Parameter? = Parameter([1], initialValue: 0)
    let none: Parameter? = nil
    let array = [Linear(1, 1, bias: false), Linear(1, 1, bias: false)]
    let keyed = ["b": Linear(1, 1, bias: false), "a": Linear(1, 1, bias: false)]
    let pair = (left: Parameter([1], initialValue: 0), right: Linear(1, 1, bias: false))
    let choice = Choice.some(Linear(1, 1, bias: false))
    let object = Derived()
    let numbers = [Float](repeating: 0, count: 1_000_000)

    func forward(_ x: Tensor) -> (Tensor, Identity.Cache) { Identity().forward(x) }
    func backward(_ dy: Tensor, _ cache: Identity.Cache, _ gradients: inout Gradients) -> Tensor { dy }
  }

  private enum Choice: Sendable {
    case none
    case some(Linear)
  }

  private class Base: @unchecked Sendable {  // immutable, but a class that is not final cannot be Sendable
    let inherited = Parameter([1], initialValue: 0)
  }

  private final class Derived: Base, @unchecked Sendable {  // as its base
    let own = Parameter([1], initialValue: 0)
  }

  @Test func `a constant cannot be set, a parameter and a statistic can`() {
    func isWritable<Holder>(_ path: KeyPath<Holder, Tensor>) -> Bool {
      path is ReferenceWritableKeyPath<Holder, Tensor>
    }
    #expect(!isWritable(\Constant.value))
    #expect(isWritable(\Parameter.value) && isWritable(\Statistic.value))
  }

  @Test func `a model nested 500 deep can be summarized and trained`() throws {
    try onDeepStack {
      let model = (1..<499).reduce(Residual { Linear(2, 2) }) { inner, _ in Residual { inner } }
      #expect(try model.summary(input: [1, 2]).parameterCount == 6)
      var optimizer = SGD(for: model, learningRate: 1e-300)
      let (_, gradients) = model.gradients(at: Tensor(ones: [1, 2])) { MeanSquaredError().evaluate($0, $0) }
      try optimizer.update(along: gradients)
    }
  }

  @Test func `each is found once, under a stable path, in order of declaration`() {
    let expected = [
      "plain", "optional", "array.0.weight", "array.1.weight", "keyed.a.weight", "keyed.b.weight",
      "pair.left",
      "pair.right.weight", "choice.some.weight", "object.inherited", "object.own",
    ]
    #expect(Everywhere().parameters.map(\.path) == expected)
  }
}
