import Strata
import StrataTensor
import StrataTesting
import Testing

/// Each check on layers that violate it: it must fail, and no other check may fail except those that detect the
/// same flaw.
@Suite(.seeded) struct LayerConformanceTests {
  typealias Expectation = (flaw: FlawedLayer.Flaw, checks: Set<LayerCheck>, words: String)

  static let expectations: [Expectation] = [
    (.hiddenParameter, [.parameters], "a closure captures it"),
    (.hiddenStatistic, [.parameters], "observed statistic"),
    (.plainTensor, [.parameters], "hold it in a Constant"),
    (.sign, [.gradients, .shapes], "the sign is wrong"),
    (.oneHot, [.gradients], ", by output ["),
    (.single, [.singlePrecision, .infinity], "the output in float32"),
    (.overwriting, [.addition], "overwritten instead of added"),
    (.stranger, [.addition], "a parameter of another layer"),
    (.lastInput, [.gradients, .order, .inference, .shapes, .concurrency], "the cache is stale"),
    (.ringOfInputs, [.inference, .concurrency], "a layer is immutable"),
    (.consumedCache, [.gradients, .order, .snapshot, .accumulate], "the cache changes when backward reads it"),
    (.liveWeight, [.snapshot], "keep what forward read in the cache"),
    (.accumulate, [.accumulate], "accumulate is written by itself"),
    (.keepsInput, [.inference], "what backward needs belongs in the cache"),
    (.inference, [.inference], "must leave out too"),
    (.hiddenCache, [.cachedBytes, .cacheIsRead], "where no walk sees them"),
    (.largeCache, [.cacheIsRead], "the cache keeps too much"),
    (
      .impure,
      [
        .gradients, .singlePrecision, .addition, .order, .checkpoint, .shapes, .notANumber, .concurrency, .inference,
      ],
      "forward is not the same when run again"
    ),
    (.batchOfOne, [.shapes], "input of shape [1, 4]"),
    (.outputShape, [.outputShape], "outputShape(for:) is missing"),
    (.message, [.outputShape], "a message with the shape given"),
    (.otherError, [.outputShape], "a ShapeError"),
    (.swallowsNaN, [.notANumber], "swallows NaN"),
    (.clampsInfinity, [.infinity], "a clamp"),
    (.workers, [.workers], "2 workers give other bits than 1"),
  ]

  @Test(arguments: expectations.map(\.flaw))
  func `a flaw fails its check`(_ flaw: FlawedLayer.Flaw) throws {
    let (_, checks, words) = try #require(Self.expectations.first { $0.flaw == flaw })
    let error = #expect(throws: ConformanceError.self) { try checkLayer(FlawedLayer(flaw), input: [3, 4]) }
    #expect(Set(error?.failed.map(\.check) ?? []) == Set(checks.map(\.rawValue)), "\(error.map { "\($0)" } ?? "")")
    #expect(error?.description.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func `every check is failed by some flaw, and every flaw is listed`() {
    #expect(Self.expectations.reduce(into: Set()) { $0.formUnion($1.checks) } == Set(LayerCheck.allCases))
    #expect(Set(Self.expectations.map(\.flaw)).union([.none]) == Set(FlawedLayer.Flaw.allCases))
  }

  @Test func `a right layer passes all`() throws {
    let report = try checkLayer(FlawedLayer(.none), input: [3, 4])
    #expect(report.passed == LayerCheck.allCases.map(\.rawValue))
    #expect(report.description.contains("passed   gradients in float64: a, input, largest error"))
  }

  @Test func `a failure says what was expected and found, where, and what leads to it`() {
    let error = #expect(throws: ConformanceError.self) { try checkLayer(FlawedLayer(.batchOfOne), input: [3, 4]) }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("FlawedLayer(batchOfOne) fails 1 of 17 checks:\n  other shapes\n    expected: "))
    #expect(text.contains("by differences of forward") && text.contains("by backward"))
    #expect(
      text.contains("where:    the gradient of input at")
        && text.contains("likely:   it is too large by the factor 2.0"))
  }

  @Test func `what is skipped says why`() throws {
    let report = try checkLayer(FlawedLayer(.liveWeight), input: [3, 4], skipping: [.snapshot: "never updated"])
    #expect(report.skipped.map(\.check) == [LayerCheck.snapshot.rawValue])
    #expect(report.skipped.map(\.reason) == ["never updated"])
    let indices = try checkLayer(
      Embedding(7, 2), input: [4], values: { Tensor((0..<$0.count).map { Int32($0 % 7) }, shape: $0) })
    #expect(indices.skipped.map(\.reason) == ["the input is indices", "the input is indices"])
  }

  @Test func `refused shapes are not tried`() throws {
    let report = try checkLayer(BatchNorm(3), input: [5, 3], refusing: { $0.count < 3 * $0[1] })
    let shapes = try #require(report.entries.first { $0.check == LayerCheck.shapes.rawValue })
    #expect(shapes.description.contains("[7, 3]; refused by the layer: [1, 3], [5, 1], [5, 5]"))
  }

  @Test func `a backward that by definition is not the derivative is compared with its surrogate`() throws {
    let reversal = Lambda(forward: { ($0, true) }, backward: { dy, _ in -0.5 * dy })
    let negative = Lambda(forward: { (-0.5 * $0, true) }, backward: { dy, _ in -0.5 * dy })
    try checkLayer(reversal, input: [3, 4], takenFor: negative)
    #expect(throws: ConformanceError.self) { try checkLayer(reversal, input: [3, 4]) }
  }

  @Test func `the layer has its own bits, precision and random keys back, after a failure too`() throws {
    let model = withSeed(1) {
      Sequential {
        Linear(4, 3); Dropout(0.5)
      }
    }
    let (before, position) = (model.state, (model.layers[1] as! Dropout).stream.position)
    try checkLayer(model, input: [3, 4])
    #expect(throws: ConformanceError.self) { try checkLayer(model, input: [3, 4], takenFor: Linear(4, 3)) }
    for (name, tensor) in model.state { #expect(tensor.isIdentical(to: before[name]!)) }
    #expect((model.layers[1] as! Dropout).stream.position == position)
  }

  @Test func `what stops in a layer says how the check came to run it`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      struct Fixed: Layer {
        let w = Parameter([4, 4], initialValue: 1)
        func forward(_ x: Tensor) -> (Tensor, Linear.Cache) { Linear(weight: w, bias: nil).forward(x) }
        func backward(_ dy: Tensor, _ cache: Linear.Cache, _ gradients: inout Gradients) -> Tensor {
          Linear(weight: w, bias: nil).backward(dy, cache, &gradients)
        }
      }
      try checkLayer(Fixed(), input: [3, 4])
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("checkLayer tried an input of shape [3, 1], which outputShape(for:) accepts"))
  }

  @Test func `work that one thread does alone is no proof that several would agree`() throws {
    let error = #expect(throws: ConformanceError.self) { try checkLayer(Solitary(layer: Tanh()), input: [3, 4]) }
    #expect(error?.failed.map(\.check) == [LayerCheck.workers.rawValue])
    #expect(error?.description.contains("something sets the number of workers to 1") == true)
    let shared = try #require(
      try checkLayer(Tanh(), input: [3, 4]).entries.first { $0.check == error?.failed[0].check })
    #expect(shared.description.contains(/shape \[5121, 4\], [2-8] threads/))
    let nothing = try checkLayer(Flatten(), input: [3, 4])
    #expect(nothing.skipped.map(\.check) == [LayerCheck.snapshot.rawValue, LayerCheck.workers.rawValue])
  }

  @Test func `a tolerance is kept to`() throws {
    #expect(throws: ConformanceError.self) { try checkLayer(Tanh(), input: [3, 4], tolerance: 1e-16) }
    try checkLayer(Tanh(), input: [3, 4], tolerance: 1e-10, seed: 9)
  }
}

/// A layer whose work is never shared among threads.
private struct Solitary<L: Layer>: Layer {
  let layer: L

  func forward(_ x: Tensor) -> (Tensor, L.Cache) { withWorkers(1) { layer.forward(x) } }

  func backward(_ dy: Tensor, _ cache: L.Cache, _ gradients: inout Gradients) -> Tensor {
    withWorkers(1) { layer.backward(dy, cache, &gradients) }
  }
}
