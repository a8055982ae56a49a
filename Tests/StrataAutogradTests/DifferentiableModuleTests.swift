import Strata
import StrataTesting
import Testing

/// Modules of several inputs and outputs of which only the forward is written.
@Suite(.seeded) struct DifferentiableModuleTests {
  @Test func `a module of two inputs has the gradients of one written by hand`() {
    let (user, item) = withSeed(1) {
      (
        Sequential {
          Linear(3, 4); Tanh()
        }, Sequential { Linear(5, 4) }
      )
    }
    let (ours, byHand) = (Score(user: user, item: item), ScoreByHand(user: user, item: item))
    let x = Pair(Tensor(normal: [6, 3]), Tensor(normal: [6, 5]))
    let dy = Tensor(normal: [6, 1])
    let ((y, tape), (z, cache)) = (ours.forward(x), byHand.forward(x))
    #expect(relativeError(y, z) < 1e-6 && relativeError(ours(x), z) < 1e-6)
    var (found, expected) = (Gradients(), Gradients())
    let (dx, dz) = (ours.backward(dy, tape, &found), byHand.backward(dy, cache, &expected))
    #expect(relativeError(dx.first, dz.first) < 1e-6 && relativeError(dx.second, dz.second) < 1e-6)
    #expect(found.receivers.count == 4)
    for (path, parameter) in ours.parameters {
      #expect(relativeError(found[parameter]!, expected[parameter]!) < 1e-6, "\(path)")
    }
  }

  @Test func `it trains with an objective of its output, and is saved by its paths`() throws {
    let model = withSeed(2) { Score(user: Sequential { Linear(3, 8) }, item: Sequential { Linear(5, 8) }) }
    #expect(model.parameters.map(\.path) == ["user.0.weight", "user.0.bias", "item.0.weight", "item.0.bias"])
    let x = withSeed(3) { Pair(Tensor(normal: [64, 3]), Tensor(normal: [64, 5])) }
    let target = x.first.sum(along: 1, keepingAxis: true) * x.second.sum(along: 1, keepingAxis: true)
    var optimizer = Adam(for: model, learningRate: 0.05)
    var losses: [Double] = []
    for _ in 0..<60 {
      let (loss, gradients) = model.gradients(at: x) { MeanSquaredError().evaluate($0, target) }
      try optimizer.update(along: gradients)
      losses.append(loss)
    }
    #expect(losses.last! < 0.1 * losses[0])
  }

  @Test func `outputs may be a group, and each one's gradient counts`() {
    // y = (ax, [x², 3a]), with dL/dy = (1, [1, 1]): dx = a + 2x, da = x + 3.
    let model = Several()
    let (y, tape) = model.forward([2])
    #expect(y.first == [10] && y.second == [[4], [15]])
    var gradients = Gradients()
    #expect(model.backward(Pair([1], [[1], [1]]), tape, &gradients) == [9])
    #expect(gradients[model.a] == [5])
  }

  @Test func `an output that is an input, or twice the same, gets the sum`() {
    let model = Same()
    let (y, tape) = model.forward([1, 2])
    #expect(y.first.isIdentical(to: [1, 2]) && y.second == [1, 2])
    var gradients = Gradients()
    #expect(model.backward(Pair([1, 1], [10, 10]), tape, &gradients) == [11, 11])
  }

  @Test func `a struct of tensors is a group of variables beside it`() {
    let model = Reader()
    let (y, tape) = model.forward(Question(words: Tensor(labels: [2, 0]), features: [[1], [2]]))
    #expect(y == [[3], [4]])
    var gradients = Gradients()
    let dx = model.backward([[1], [1]], tape, &gradients)
    #expect(dx.features == [[2], [2]])
    #expect(dx.words == [0, 0], "whole numbers have no gradient")
    #expect(gradients[model.table.weight] == [[1], [0], [1]])
  }

  @Test func `modules of several outputs are called inside one`() throws {
    // y + z of (y, z) = (f(x), g(x)) is f(x) + g(x).
    let (f, g) = withSeed(4) { (Linear(3, 2), Linear(3, 2)) }
    let (model, expected) = (
      Split(both: Both(f, g)),
      Parallel(join: .sum) {
        f; g
      }
    )
    let x = Tensor(normal: [4, 3])
    let (found, wanted) = (
      model.gradients(at: x) { ($0.sum().item, $0) }, expected.gradients(at: x) { ($0.sum().item, $0) }
    )
    #expect(abs(found.loss - wanted.loss) < 1e-5)
    for (path, parameter) in model.parameters {
      #expect(relativeError(found.gradients[parameter]!, wanted.gradients[parameter]!) < 1e-6, "\(path)")
    }
    #expect(relativeError(gradient(of: { model($0).sum() }, at: x), gradient(of: { expected($0).sum() }, at: x)) < 1e-6)
  }

  @Test func `of several outputs those that nothing depends on have the gradient zero`() {
    let both = withSeed(5) { Both(Linear(2, 2), Linear(2, 2)) }
    let x = Tensor(normal: [3, 2])
    let (_, found) = gradients {
      let y: Pair<Variable, Variable> = both(Pair(Variable(x), Variable(x)))
      return y.second.sum()
    }
    #expect(found[both.first.weight] == Tensor(zeros: [2, 2]))
    #expect(found[both.second.bias!] == [3, 3])
  }

  @Test func `an operand that is a constant gets nothing, the others theirs`() {
    let score = withSeed(6) { ScoreByHand(user: Sequential { Linear(2, 3) }, item: Sequential { Linear(2, 3) }) }
    let (x, w) = (Tensor(normal: [4, 2]), Tensor(normal: [4, 2]))
    let both = gradient(of: { score(Pair($0[0], $0[1])).sum() }, at: [x, w] as [Tensor])
    #expect(gradient(of: { score(Pair($0, Variable(w))).sum() }, at: x).isIdentical(to: both[0]))
    #expect(gradient(of: { score(Pair(Variable(x), $0)).sum() }, at: w).isIdentical(to: both[1]))
  }

  @Test func `an objective of a group is a loss of variables`() {
    let objective = WithAuxiliary()
    let y = Pair(normal([3, 2], seed: 1), normal([3, 2], seed: 2))
    let labels = Tensor(labels: [0, 1, 1])
    let (value, expected) = objective.evaluate(y, labels)
    let found = valueWithGradient(of: { objective(Pair($0[0], $0[1]), labels) }, at: y.tensors)
    #expect(found.value == value)
    #expect(found.gradient[0].isIdentical(to: expected.first))
    #expect(found.gradient[1].isIdentical(to: expected.second))
  }
}

/// ⟨f(x), g(w)⟩ row by row.
private struct Score: DifferentiableModule {
  let user, item: Sequential

  func forward(_ x: Pair<Variable, Variable>) -> Variable {
    (user(x.first) * item(x.second)).sum(along: 1, keepingAxes: true)
  }
}

/// The same with its backward.
private struct ScoreByHand: Module {
  let user, item: Sequential
  typealias Cache = (user: any CacheBox, item: any CacheBox, u: Tensor, v: Tensor)

  func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Cache) {
    let (u, userCache) = forward(user, at: "user", x.first)
    let (v, itemCache) = forward(item, at: "item", x.second)
    return ((u * v).sum(along: 1, keepingAxis: true), (userCache, itemCache, u, v))
  }

  func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> {
    Pair(
      backward(user, at: "user", dy * cache.v, cache.user, &gradients),
      backward(item, at: "item", dy * cache.u, cache.item, &gradients))
  }
}

private struct Several: DifferentiableModule {
  let a = Parameter([1], initialValue: 5)

  func forward(_ x: Variable) -> Pair<Variable, [Variable]> {
    Pair(a.variable * x, [x * x, 3 * a.variable])
  }
}

private struct Same: DifferentiableModule {
  func forward(_ x: Variable) -> Pair<Variable, Variable> { Pair(x, x) }
}

private struct Split: DifferentiableLayer {
  let both: Both<Linear, Linear>

  func forward(_ x: Variable) -> Variable {
    let y: Pair<Variable, Variable> = both(Pair(x, x))
    return y.first + y.second
  }
}

private struct Question: TensorGroup {
  var words, features: Tensor
  var tensors: [Tensor] {
    get { [words, features] }
    set { (words, features) = (newValue[0], newValue[1]) }
  }
}

private struct QuestionVariables: VariableGroup {
  let words, features: Variable
  init(_ variables: [Variable], like question: Question) { (words, features) = (variables[0], variables[1]) }
  var variables: [Variable] { [words, features] }
  var value: Question { Question(words: words.value, features: features.value) }
}

private struct Reader: DifferentiableModule {
  let table = Embedding(weight: Parameter([[0], [7], [1]]))
  func forward(_ x: QuestionVariables) -> Variable { table(x.words) + 2 * x.features }
}

private struct WithAuxiliary: Objective {
  let loss = SoftmaxCrossEntropy()

  func evaluate(
    _ output: Pair<Tensor, Tensor>, _ target: Tensor
  ) -> (value: Double, gradient: Pair<Tensor, Tensor>) {
    let (main, auxiliary) = (loss.evaluate(output.first, target), loss.evaluate(output.second, target))
    return (main.value + 0.3 * auxiliary.value, Pair(main.gradient, 0.3 * auxiliary.gradient))
  }
}
