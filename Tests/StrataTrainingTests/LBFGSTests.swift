import Foundation
import Strata
import StrataTensor
import Testing

@testable import StrataTraining

/// L-BFGS against PyTorch's, and on functions with a known least.
@Suite(.seeded) struct LBFGSTests {
  @Test(arguments: ["lbfgs", "lbfgs_short", "lbfgs_plain"])
  func `100 steps of a softmax regression follow PyTorch's`(_ name: String) throws {
    let references = try AveragedWeightsTests.References(.float64)
    let model = Linear(
      weight: Parameter(Tensor(zeros: [5, 3], dtype: .float64)), bias: Parameter(Tensor(zeros: [3], dtype: .float64)))
    let optimizer =
      switch name {
      case "lbfgs": LBFGS(for: model, iterations: 2)
      case "lbfgs_short": LBFGS(for: model, iterations: 1, history: 3)
      default: LBFGS(for: model, learningRate: 0.1, iterations: 3, history: 5, searchesLine: false)
      }
    var trainer = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: optimizer, progress: .silent)
    let batch = Dataset.Batch(inputs: references["x"], labels: references["classes"])
    let kept = [1, 2, 3, 4, 5, 7, 10, 20, 50, 100]
    for step in 1...100 {
      try trainer.step(on: batch)
      guard let row = kept.firstIndex(of: step) else { continue }
      for (path, parameter) in model.parameters {
        let error = abs(parameter.value - references["\(name).\(path)"][row]).max().item
        #expect(error <= 1e-10, "\(path) after step \(step): \(error)")
      }
    }
  }

  /// A loss that is not convex takes two runs apart that differ by a rounding; PyTorch's own, begun with other last bits,
  /// are apart by the reference's `noise`, and Strata's may be no further than a few times that.
  @Test(arguments: [("lbfgs_tanh", 20), ("lbfgs_tanh_short", 4)])
  func `20 steps of a network with tanh follow PyTorch's as far as PyTorch follows itself`(
    _ name: String, _ iterations: Int
  ) throws {
    let references = try AveragedWeightsTests.References(.float64)
    let model = references.model([Tanh()])
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: LBFGS(for: model, iterations: iterations, history: 100),
      progress: .silent)
    let batch = Dataset.Batch(inputs: references["x"], labels: references["y"])
    let noise = references["\(name).noise"].elements(as: Double.self)
    for step in 0..<20 where noise[step] < 1e-7 {
      try trainer.step(on: batch)
      let errors = zip(["w0", "b0", "w2", "b2"], model.parameters).map { path, entry in
        abs(entry.parameter.value - references["\(name).\(path)"][step]).max().item
      }
      #expect(errors.max()! <= 1e-13 + 30 * noise[step], "step \(step + 1): \(errors), \(noise[step])")
    }
  }

  @Test func `300 searches along curves end where PyTorch's do, after as many evaluations`() throws {
    let references = try AveragedWeightsTests.References(.float64)
    func numbers(_ name: String) -> [Double] { references["line.\(name)"].elements(as: Double.self) }
    let (curves, firsts, ends, evaluations) = (
      numbers("curve"), numbers("first"), numbers("end"), numbers("evaluations")
    )
    for index in 0..<300 {
      let k = Array(curves[6 * index..<6 * index + 6])
      func look(_ t: Double) -> WolfeSearch.Point {
        let loss = k[0] * t + k[1] * t * t + k[2] * pow(t, 4) + k[3] * cos(k[4] * t + k[5])
        let slope = k[0] + 2 * k[1] * t + 4 * k[2] * pow(t, 3) - k[3] * k[4] * sin(k[4] * t + k[5])
        return .init(t: t, loss: loss, slope: slope, gradient: [])
      }
      var search = WolfeSearch(from: look(0), directionSize: 1, tolerance: 1e-9, look)
      let end = try search.run(from: firsts[index]).t
      #expect(abs(end - ends[index]) <= 1e-9 * max(1, abs(end)), "\(index): \(end), \(ends[index])")
      #expect(search.evaluations == Int(evaluations[index]), "\(index)")
    }
  }

  private struct Point: Layer {
    let w: Parameter
    func forward(_ x: Tensor) -> (Tensor, Int) { (x, 0) }
    func backward(_ dy: Tensor, _ cache: Int, _ gradients: inout Gradients) -> Tensor { dy }
  }

  /// (1 − x)² + 100 (y − x²)².
  private func rosenbrock(_ w: Parameter) -> (loss: Double, gradients: Gradients) {
    let (x, y) = (w.value[0].item, w.value[1].item)
    var gradients = Gradients()
    gradients.add(Tensor([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)] as [Double]), to: w)
    return ((1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x), gradients)
  }

  @Test func `it finds the bottom of a curved valley`() throws {
    let point = Point(w: Parameter(Tensor([-1.2, 1] as [Double])))
    var optimizer = LBFGS(for: point)
    var evaluations = 0
    for _ in 0..<5 {
      try optimizer.step {
        evaluations += 1
        return rosenbrock(point.w)
      }
    }
    #expect(abs(point.w.value - Tensor([1, 1] as [Double])).max().item < 1e-5 && evaluations < 60, "\(evaluations)")
  }

  @Test func `a bowl is left at once where it is least`() throws {
    let point = Point(w: Parameter(Tensor([1, 1] as [Double])))
    var optimizer = LBFGS(for: point)
    try optimizer.step { rosenbrock(point.w) }
    #expect(point.w.value == Tensor([1, 1] as [Double]) && optimizer.stepsDone == 1)
  }

  @Test func `a loss that is not finite further on is searched back from`() throws {
    // −log(1 − w²) + w: infinite from ±1 on.
    let point = Point(w: Parameter(Tensor([0.9] as [Double])))
    var optimizer = LBFGS(for: point, learningRate: 100)
    for _ in 0..<5 {
      try optimizer.step {
        let w = point.w.value.item
        var gradients = Gradients()
        gradients.add(Tensor([2 * w / (1 - w * w) + 1] as [Double]), to: point.w)
        return (abs(w) < 1 ? -log(1 - w * w) + w : .infinity, gradients)
      }
    }
    // 2w = w² − 1.
    #expect(abs(point.w.value.item - (1 - 2.0.squareRoot())) < 1e-6, "\(point.w.value)")
  }

  @Test func `what fails changes nothing`() throws {
    struct Broken: Error {}
    let point = Point(w: Parameter(Tensor([-1.2, 1] as [Double])))
    var optimizer = LBFGS(for: point)
    try optimizer.step { rosenbrock(point.w) }
    let (before, state) = (point.w.value, optimizer.state)
    var calls = 0
    #expect(throws: Broken.self) {
      try optimizer.step {
        calls += 1
        if calls == 4 { throw Broken() }
        return rosenbrock(point.w)
      }
    }
    #expect(point.w.value == before && optimizer.stepsDone == 1)
    for (name, tensor) in state { #expect(optimizer.state[name]!.isIdentical(to: tensor), "\(name)") }
  }

  @Test func `a saved run goes on to the same bits, and any state that can be read can be gone on from`() throws {
    let point = Point(w: Parameter(Tensor([-1.2, 1] as [Double])))
    var optimizer = LBFGS(for: point, iterations: 3)
    for _ in 0..<4 { try optimizer.step { rosenbrock(point.w) } }
    let other = Point(w: Parameter(point.w.value))
    var second = LBFGS(for: other, iterations: 3)
    var state = optimizer.state
    try second.load(state)
    for _ in 0..<3 {
      try optimizer.step { rosenbrock(point.w) }
      try second.step { rosenbrock(other.w) }
    }
    #expect(other.w.value.isIdentical(to: point.w.value))
    state["w.progress"] = Tensor([-5, 1e300, 0, 0] as [Double])
    try second.load(state)
    try second.step { rosenbrock(other.w) }
    #expect(other.w.value.isFinite)
  }

  @Test func `frozen parameters stay`() throws {
    let model = withSeed(1) {
      Sequential {
        Frozen { Linear(1, 2) }
        Linear(2, 1)
      }
    }
    let before = model.state
    var trainer = Trainer(model, loss: MeanSquaredError(), optimizer: LBFGS(for: model), progress: .silent)
    let losses = try trainer.fit(Line.data, epochs: 3, batchSize: 5).map(\.training.loss)
    #expect(losses[2] < 1e-3 * losses[0])
    #expect(model.state["0.0.weight"]! == before["0.0.weight"]!)
  }
}
