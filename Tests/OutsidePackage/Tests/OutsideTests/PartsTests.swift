import Outside
import Strata
import StrataTesting
import Testing

/// An activation, a loss, an optimizer, an initializer and a schedule, each by Strata's public interface alone.
@Suite struct PartsTests {
  @Test func `an activation passes the kit`() throws {
    try checkLayer(Sine(omega: 1.7), input: [3, 5])
  }

  @Test func `a loss passes the kit`() throws {
    try checkLoss(LogCosh(), output: Tensor(normal: [6, 3]), target: Tensor(normal: [6, 3]))
  }

  @Test func `an optimizer's single update is what its formula says`() {
    let model = Linear(1, 3, bias: false)
    let lion = Lion(for: model, learningRate: 0.1, weightDecay: 0.5)
    var (w, state) = (Tensor([1, 2, 3] as [Float]), Lion.State(for: Tensor(zeros: [3])))
    lion.update(
      &w, along: [0.5, -2, 0], &state, UpdateStep(number: 1, learningRate: 0.1, weightDecay: 0.5))
    // 0.95 w − 0.1 sign(g)
    #expect(w.elements(as: Double.self).map { ($0 * 1e4).rounded() / 1e4 } == [0.85, 2, 2.85])
    #expect(
      state.tensors["momentum"]!.elements(as: Double.self).map { ($0 * 1e4).rounded() / 1e4 } == [0.005, -0.02, 0])
  }

  @Test func `an optimizer passes the kit`() throws {
    try checkOptimizer { Lion(for: $0, learningRate: 0.01) }
  }

  @Test func `an optimizer's memory goes to PyTorch and comes back`() throws {
    let model = Linear(3, 2)
    var (lion, other) = (Lion(for: model), Lion(for: model))
    try lion.update(along: model.gradients(at: Tensor(normal: [4, 3])) { ($0.sum().item, $0) }.gradients)
    let state = lion.pytorchState(for: model)
    #expect(state.keys.sorted() == ["bias.exp_avg", "bias.step", "weight.exp_avg", "weight.step"])
    try other.load(pytorch: state, for: model)
    #expect(other.state == lion.state)
  }

  @Test func `an initializer draws what a layer asks for`() {
    let layer = withSeed(3) { Linear(400, 100, initializer: .sparseNormal(inputs: 15)) }
    let used = layer.weight.value .!= 0
    #expect(abs(used.sum().item / 100 - 15) < 1)
  }

  @Test func `a schedule is a function of the step`() {
    let schedule = Schedule.inverseRoot(from: 0.1, over: 100).warmedUp(over: 10)
    #expect(abs(schedule.rate(at: 310) - 0.05) < 1e-12)
  }
}
