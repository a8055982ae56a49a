import Strata
import StrataTensor
import StrataTesting
import Testing

/// The kit on modules of several inputs and outputs.
@Suite(.seeded) struct ModuleConformanceTests {
  private let input = withSeed(1) { Pair(Tensor(normal: [3, 2]), Tensor(normal: [3, 4])) }

  @Test func `a right module passes, and each tensor of its input is looked at`() throws {
    let report = try checkModule(Affine(), input: input)
    #expect(report.skipped.map(\.check) == [LayerCheck.outputShape.rawValue])
    #expect("\(report)".contains("passed   gradients in float64: a, b, input 0, input 1, largest error"))
    let gradients = try checkGradients(of: Affine(), input: input)
    #expect(gradients.entries.map(\.name) == ["a", "b", "input 0", "input 1"])
  }

  @Test func `a wrong gradient is caught, with the name of the tensor of the group`() {
    for (flaw, words) in [
      (Affine.Flaw.first, "the gradient of input 0 at"), (.second, "the gradient of input 1 at"),
      (.parameter, "the gradient of b at"),
    ] {
      let mismatch = #expect(throws: GradientMismatch.self) { try checkGradients(of: Affine(flaw), input: input) }
      #expect("\(mismatch!)".contains("Affine: " + words), "\(mismatch!)")
      #expect("\(mismatch!)".contains("the sign is wrong"))
      let error = #expect(throws: ConformanceError.self) { try checkModule(Affine(flaw), input: input) }
      #expect(Set(error!.failed.map(\.check)) == [LayerCheck.gradients.rawValue, LayerCheck.shapes.rawValue])
      #expect("\(error!)".contains(words))
    }
  }

  @Test func `a stale cache and one that keeps too much are caught`() {
    let stale = #expect(throws: ConformanceError.self) { try checkModule(Affine(.stale), input: input) }
    #expect(stale!.failed.map(\.check).contains(LayerCheck.order.rawValue))
    let large = #expect(throws: ConformanceError.self) { try checkModule(Affine(.large), input: input) }
    #expect(large!.failed.map(\.check) == [LayerCheck.cacheIsRead.rawValue])
  }

  @Test func `indices stay, and tensors without common rows are varied as they are`() throws {
    let report = try checkModule(Reader(), input: Pair(Tensor(labels: [2, 0, 1]), Tensor(normal: [3, 2])))
    #expect("\(report)".contains("passed   gradients in float64: table.weight, input 1, largest error"))
    let gradients = try checkGradients(of: Scaled(), input: Pair(Tensor(normal: [3, 2]), Tensor(normal: [1])))
    #expect(gradients.entries.map(\.name) == ["input 0", "input 1"])
    try checkModule(Scaled(), input: Pair(Tensor(normal: [3, 2]), Tensor(normal: [1])))
  }

  @Test func `the gradient of an objective of several outputs is compared output by output`() throws {
    let y = Pair(Tensor(normal: [3, 2]), Tensor(normal: [3, 2]))
    let report = try checkGradients(of: TwoErrors(factor: 0.3), output: y, target: Tensor(normal: [3, 2]))
    #expect(report.entries.map(\.name) == ["output 0", "output 1"])
    let mismatch = #expect(throws: GradientMismatch.self) {
      try checkGradients(of: TwoErrors(factor: 0.3, wrong: -0.3), output: y, target: Tensor(normal: [3, 2]))
    }
    #expect(mismatch?.tensor == "output 1")
  }
}

/// The input of the last forward.
private final class Last: Sendable {
  let input = Lock<Pair<Tensor, Tensor>?>(nil)
}

/// (a x ⊙ x, Σ w + b) of a pair (x, w), and flaws of its backward.
private struct Affine: Module {
  enum Flaw { case none, first, second, parameter, stale, large }

  let flaw: Flaw
  let a = Parameter([], initialValue: 1.5)
  let b = Parameter([], initialValue: 0.5)
  private let memory = Last()

  struct Cache: Sendable {
    let x: Tensor
    let w: Shape
    let a: Tensor
    let unused: Tensor?
  }

  init(_ flaw: Flaw = .none) { self.flaw = flaw }

  func forward(_ x: Pair<Tensor, Tensor>) -> (Pair<Tensor, Tensor>, Cache) {
    let (a, b) = (a.value, b.value)
    if flaw == .stale { memory.input.withLock { $0 = x } }
    let y = Pair(a * x.first * x.first, x.second.sum(along: 1, keepingAxis: true) + b)
    return (y, Cache(x: x.first, w: x.second.shape, a: a, unused: flaw == .large ? x.second : nil))
  }

  func backward(
    _ dy: Pair<Tensor, Tensor>, _ cache: Cache, _ gradients: inout Gradients
  ) -> Pair<Tensor, Tensor> {
    let x = flaw == .stale ? memory.input.withLock { $0! }.first : cache.x
    gradients.add((dy.first * x * x).sum(), to: a)
    gradients.add((flaw == .parameter ? -1 : 1) * dy.second.sum(), to: b)
    let dx = (flaw == .first ? -2 : 2) * cache.a * x * dy.first
    return Pair(dx, (flaw == .second ? -1 : 1) * dy.second.broadcast(to: cache.w))
  }
}

/// table[i] + 2x.
private struct Reader: Module {
  let table = withSeed(1) { Embedding(3, 2) }

  func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Embedding.Cache) {
    let (y, cache) = table.forward(x.first)
    return (y + 2 * x.second, cache)
  }

  func backward(_ dy: Tensor, _ cache: Embedding.Cache, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> {
    Pair(table.backward(dy, cache, &gradients), 2 * dy)
  }
}

/// s x of a tensor and a number.
private struct Scaled: Module {
  func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Pair<Tensor, Tensor>) { (x.first * x.second, x) }

  func backward(_ dy: Tensor, _ x: Pair<Tensor, Tensor>, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> {
    Pair(dy * x.second, (dy * x.first).summed(to: x.second.shape))
  }
}

private struct TwoErrors: Objective {
  let factor: Double
  var wrong: Double?

  func evaluate(_ y: Pair<Tensor, Tensor>, _ t: Tensor) -> (value: Double, gradient: Pair<Tensor, Tensor>) {
    let (a, b) = (MeanSquaredError().evaluate(y.first, t), MeanSquaredError().evaluate(y.second, t))
    return (a.value + factor * b.value, Pair(a.gradient, (wrong ?? factor) * b.gradient))
  }
}
