import Strata
import StrataTensor
import Testing

@testable import StrataTraining

/// Steps along the gradient at the worst point nearby.
@Suite(.seeded) struct SAMTests {
  @Test(arguments: ["sam", "sam_adaptive"], [DType.float64, .float32])
  func `100 steps follow the formula in PyTorch`(_ name: String, _ dtype: DType) throws {
    let references = try AveragedWeightsTests.References(dtype)
    let model = references.model([Tanh()])
    let base = SGD(for: model, learningRate: 0.05, momentum: name == "sam" ? 0.9 : 0)
    let optimizer = name == "sam" ? SAM(base) : SAM(base, radius: 0.5, isAdaptive: true)
    var trainer = Trainer(model, loss: MeanSquaredError(), optimizer: optimizer, progress: .silent)
    let batches = references.data.batches(of: 8, epoch: 0, shuffled: false)
    for step in 0..<100 {
      try trainer.step(on: batches[step % 5])
      if step % 10 == 9 {
        references.expect(model.state, name, last: 2, row: step / 10, dtype == .float64 ? 1e-10 : 1e-4)
      }
    }
  }

  /// w ↦ ½ a w² with the gradient a w.
  private func bowl(_ w: Parameter, _ a: Double) -> (loss: Double, gradients: Gradients) {
    var gradients = Gradients()
    gradients.add(a * w.value, to: w)
    return (a / 2 * w.value.sumOfSquares, gradients)
  }

  private struct Point: Layer {
    let w: Parameter
    func forward(_ x: Tensor) -> (Tensor, Int) { (x, 0) }
    func backward(_ dy: Tensor, _ cache: Int, _ gradients: inout Gradients) -> Tensor { dy }
  }

  @Test func `the worked number`() throws {
    // w = (3, 4), a = 1: ε = 0.5 · (0.6, 0.8), and the step goes along (3.3, 4.4).
    let point = Point(w: Parameter([3, 4]))
    var optimizer = SAM(SGD(for: point, learningRate: 0.1), radius: 0.5)
    let (loss, gradients) = try optimizer.step { bowl(point.w, 1) }
    #expect(loss == 12.5 && abs(point.w.value - [2.67, 3.56]).max().item < 1e-6)
    #expect(abs(gradients[point.w]! - [3.3, 4.4]).max().item < 1e-6 && optimizer.stepsDone == 1)
  }

  @Test func `radius 0 and a slope of 0 are the base's step`() throws {
    for (radius, start) in [(0.0, [3, 4] as Tensor), (0.5, [0, 0])] {
      let (a, b) = (Point(w: Parameter(start)), Point(w: Parameter(start)))
      var (sam, sgd) = (SAM(SGD(for: a, learningRate: 0.1), radius: radius), SGD(for: b, learningRate: 0.1))
      try sam.step { bowl(a.w, 1) }
      try sgd.update(along: bowl(b.w, 1).gradients)
      #expect(a.w.value == b.w.value)
    }
  }

  @Test func `both gradients see the same dropout, and statistics are those of the first`() throws {
    let data = withSeed(1) {
      Dataset(inputs: Tensor(normal: [16, 4]), labels: Tensor(labels: (0..<16).map { $0 % 2 }))
    }
    func model() -> Sequential {
      withSeed(2) {
        Sequential {
          BatchNorm(4); Dropout(0.5); Linear(4, 2)
        }
      }
    }
    let (flat, plain) = (model(), model())
    var sam = Trainer(
      flat, loss: SoftmaxCrossEntropy(), optimizer: SAM(SGD(for: flat, learningRate: 0.1), radius: 1e-9),
      progress: .silent)
    var sgd = Trainer(
      plain, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: plain, learningRate: 0.1), progress: .silent)
    for batch in data.batches(of: 8) {
      let (a, b) = (try sam.step(on: batch), try sgd.step(on: batch))
      #expect(a.accuracy == b.accuracy && abs(a.loss - b.loss) < 1e-6)
    }
    for (path, tensor) in plain.state { #expect(abs(flat.state[path]! - tensor).max().item < 1e-5, "\(path)") }
    #expect(flat.state["1.stream"]! == plain.state["1.stream"]!)
  }

  @Test func `what fails changes nothing`() throws {
    struct Broken: Error {}
    let point = Point(w: Parameter([3, 4]))
    var optimizer = SAM(SGD(for: point, learningRate: 0.1))
    var calls = 0
    #expect(throws: Broken.self) {
      try optimizer.step {
        calls += 1
        if calls == 2 { throw Broken() }
        return bowl(point.w, 1)
      }
    }
    #expect(throws: NonFiniteGradientError.self) { try optimizer.step { bowl(point.w, .infinity) } }
    #expect(point.w.value == [3, 4] && optimizer.stepsDone == 0)
  }

  @Test func `its state is the base's, and a run goes on`() throws {
    let point = Point(w: Parameter([3, 4]))
    var optimizer = SAM(Adam(for: point))
    try optimizer.step { bowl(point.w, 1) }
    let other = Point(w: Parameter(point.w.value))
    var second = SAM(Adam(for: other))
    try second.load(optimizer.state)
    try optimizer.step { bowl(point.w, 1) }
    try second.step { bowl(other.w, 1) }
    #expect(other.w.value == point.w.value && second.stepsDone == 2)
    second.learningRate = 0.5
    #expect(second.base.learningRate == 0.5 && second.weightDecay == 0)
  }
}
