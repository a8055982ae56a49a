import Foundation
import Strata
import StrataTesting
import Testing

/// ½ Σ (output − target)² / B with a flaw.
private struct FlawedLoss: LogitLoss, Loss {
  enum Flaw: CaseIterable { case none, gradient, single, alone, divisor, overflow, swallowsNaN, infinity, workers }
  let flaw: Flaw

  func evaluate(_ output: Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let difference = output - target
    let batch = Double(target.shape[0])
    var (value, gradient) = (difference.sumOfSquares / 2 / batch, difference / batch)
    switch flaw {
    case .gradient: gradient = gradient / batch
    case .single where output.dtype == .float32: value *= 1.001
    case .overflow where output.elements(as: Double.self).contains { abs($0) > 9_999 }: value = .infinity
    case .swallowsNaN:
      gradient = Tensor(gradient.elements(as: Double.self).map { $0.isNaN ? 0 : $0 }, shape: output.shape).converted(
        to: output.dtype)
    case .infinity where value == .infinity: value = 3
    case .workers: value += 1e-3 * Double(Runtime.workers)
    default: break
    }
    return (value, gradient)
  }

  func callAsFunction(_ output: Tensor, _ target: Tensor) -> Double {
    evaluate(output, target).value * (flaw == .alone ? 1 + 1e-15 : 1)
  }

  func divisor(of target: Tensor) -> Double { flaw == .divisor ? 1 : Double(target.shape[0]) }
}

/// The mean over rows of ½ Σ (output − target)², whose losses of samples have a flaw.
private struct FlawedSamples: SampleLoss {
  enum Flaw: CaseIterable { case none, values, gradient, weights, spread }
  let flaw: Flaw
  let reduction = Reduction.mean

  func evaluate(_ output: Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
    let difference = output - target
    return (difference.sumOfSquares / 2 / divisor(of: target), difference / divisor(of: target))
  }

  func samples(_ output: Tensor, _ target: Tensor) -> (values: Tensor, gradient: Tensor) {
    let difference = output - target
    let values = (difference * difference).sum(along: 1) / 2
    return (flaw == .values ? 1.01 * values : values, flaw == .gradient ? 2 * difference : difference)
  }

  func weights(of target: Tensor) -> Tensor? {
    flaw == .weights ? Tensor(repeating: 2, shape: [target.shape[0]], dtype: .float64) : nil
  }

  func spread(_ numbers: Tensor, over gradient: Shape) -> Tensor {
    numbers.expanded(at: flaw == .spread ? 0 : 1)
  }

  func divisor(of target: Tensor) -> Double { Double(target.shape[0]) }
}

/// Gradient descent with a running mean m, and a flaw.
private struct FlawedOptimizer: Optimizer {
  enum Flaw: CaseIterable {
    case none, ascends, ownRate, decayOutside, shared, forgets, late, single, root, inPlace, workers, random, rows
  }
  let flaw: Flaw
  var learningRate = 0.01
  var slots: Slots<State>
  let common = Parameter([1], initialValue: 0)

  struct State: OptimizerState {
    var m: Tensor?
    let isSaved: Bool
    var tensors: [String: Tensor] {
      get { isSaved ? m.map { ["m": $0] } ?? [:] : [:] }
      set { m = newValue["m"] ?? m }
    }
  }

  init(for model: some Layer, _ flaw: Flaw) {
    self.flaw = flaw
    slots = Slots(for: model) { value in
      State(m: flaw == .late ? nil : Tensor(zeros: value.shape, dtype: value.dtype), isSaved: flaw != .forgets)
    }
  }

  func update(
    _ value: inout Tensor, alongRows gradient: RowGradient, _ state: inout State, _ step: UpdateStep
  ) { update(&value, along: flaw == .rows ? 2 * gradient.tensor : gradient.tensor, &state, step) }

  func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout State, _ step: UpdateStep) {
    let rate = flaw == .ownRate ? learningRate : step.learningRate
    let m = 0.9 * (state.m ?? 0 * gradient) + gradient
    state.m = m
    var change = rate * m
    switch flaw {
    case .ascends: change = -change
    case .decayOutside: change = change + 1e-3 * value
    case .shared:
      common.value = common.value + 1
      change = change * common.value.item
    case .single where value.dtype == .float32: change = change * 1.01
    case .root: change = change / (abs(gradient) * abs(gradient))
    case .workers: change = change * (1 + 1e-3 * Double(Runtime.workers))
    case .random: change = change * Double.random(in: 0.5..<1)
    case .inPlace:
      let updated = value - change
      // Bypasses copy on write.
      value.withUnsafeElements(as: Float.self) { old in
        let place = UnsafeMutablePointer(mutating: old.baseAddress!)
        for (index, number) in updated.elements(as: Float.self).enumerated() { place[index] = number }
      }
      return
    default: break
    }
    value = value - change
  }
}

/// h' = 0.7h + 0.3 tanh(xW), with its own unroll that has one fault.
private struct FlawedCell: RecurrentCell {
  enum Flaw: CaseIterable { case none, stepBackward, mixesRows, ignoresState, ignoresTruncation }
  let flaw: Flaw
  let w = Parameter(withSeed(3) { Tensor(normal: [2, 3]) })
  var inputSize: Int { 2 }
  var hiddenSize: Int { 3 }

  struct StepCache: Sendable { let x, a, w: Tensor }

  func step(_ x: Tensor, _ h: Tensor) -> (Tensor, StepCache) {
    let w = w.value
    let a = tanh(matmul(x, w))
    var next = 0.7 * h + 0.3 * a
    if flaw == .mixesRows { next = next + 0.1 * h.mean(along: 0, keepingAxis: true) }
    return (next, StepCache(x: x, a: a, w: w))
  }

  func backward(_ dh: Tensor, _ c: StepCache, _ gradients: inout Gradients) -> (dx: Tensor, dState: Tensor) {
    let dz = 0.3 * dh * (1 - c.a * c.a)
    gradients.addProduct(c.x.transposed, dz, to: w)
    var dState = flaw == .stepBackward ? 0.6 * dh : 0.7 * dh
    if flaw == .mixesRows { dState = dState + 0.1 * dh.mean(along: 0, keepingAxis: true) }
    return (matmul(dz, c.w.transposed), dState)
  }

  func unroll(_ x: Tensor, _ layout: SequenceLayout, from h: Tensor) -> (
    history: Tensor, last: Tensor, cache: [StepCache]
  ) { Loop(cell: self).unroll(x, layout, from: flaw == .ignoresState ? 0 * h : h) }

  func backward(
    _ dy: Tensor?, _ dLast: Tensor, _ layout: SequenceLayout, _ cache: consuming [StepCache],
    _ options: ThroughTime, _ gradients: inout Gradients
  ) -> SequenceGradient<Tensor> {
    var options = options
    if flaw == .ignoresTruncation { options.truncation = nil }
    return Loop(cell: self).backward(dy, dLast, layout, cache, options, &gradients)
  }

  /// The cell with the loop over steps that cells have by default.
  private struct Loop: RecurrentCell {
    let cell: FlawedCell
    var inputSize: Int { cell.inputSize }
    var hiddenSize: Int { cell.hiddenSize }
    func step(_ x: Tensor, _ h: Tensor) -> (Tensor, StepCache) { cell.step(x, h) }
    func backward(_ dh: Tensor, _ c: StepCache, _ gradients: inout Gradients) -> (dx: Tensor, dState: Tensor) {
      cell.backward(dh, c, &gradients)
    }
  }
}

@Suite(.seeded) struct SiblingConformanceTests {
  private func failed(_ check: () throws -> ConformanceReport) throws -> Set<String> {
    do { return Set(try check().failed.map(\.check)) } catch let error as ConformanceError {
      return Set(error.failed.map(\.check))
    }
  }

  @Test func `a flaw of a loss fails its check`() throws {
    let expected: [FlawedLoss.Flaw: LossCheck] = [
      .gradient: .gradients, .single: .singlePrecision, .alone: .valueAlone, .divisor: .parts,
      .overflow: .largeLogits, .swallowsNaN: .notANumber, .infinity: .infinity, .workers: .workers,
    ]
    #expect(Set(expected.values).union([.samples]) == Set(LossCheck.allCases))
    for flaw in FlawedLoss.Flaw.allCases {
      let failed = try failed {
        try checkLoss(
          FlawedLoss(flaw: flaw), output: withSeed(1) { Tensor(normal: [4, 3]) },
          target: withSeed(2) { Tensor(normal: [4, 3]) })
      }
      var right = Set(expected[flaw].map { [$0.rawValue] } ?? [])
      // A gradient with 1/B applied twice does not add up over parts either.
      if flaw == .gradient { right.insert(LossCheck.parts.rawValue) }
      #expect(failed == right, "\(flaw)")
    }
  }

  @Test func `a flaw in the losses of samples fails their check`() throws {
    for flaw in FlawedSamples.Flaw.allCases {
      let failed = try failed {
        try checkLoss(
          FlawedSamples(flaw: flaw), output: withSeed(1) { Tensor(normal: [3, 3]) },
          target: withSeed(2) { Tensor(normal: [3, 3]) })
      }
      #expect(failed == (flaw == .none ? [] : [LossCheck.samples.rawValue]), "\(flaw)")
    }
  }

  @Test func `a loss's 1/B twice is named`() {
    let error = #expect(throws: ConformanceError.self) {
      try checkLoss(
        FlawedLoss(flaw: .gradient), output: withSeed(1) { Tensor(normal: [4, 3]) },
        target: withSeed(2) { Tensor(normal: [4, 3]) })
    }
    #expect(error?.description.contains("too small by the batch size, 4") == true)
  }

  @Test func `a flaw of an optimizer fails its check`() throws {
    let expected: [FlawedOptimizer.Flaw: Set<OptimizerCheck>] = [
      .ascends: [.descent], .ownRate: [.rate], .decayOutside: [.rate], .forgets: [.state], .late: [.state],
      .single: [.singlePrecision], .root: [.descent, .finite], .inPlace: [.snapshot], .workers: [.workers],
      .random: [.repeatable, .rate, .independence, .rows, .state, .singlePrecision, .workers],
      .shared: [.descent, .independence, .state], .rows: [.rows],
    ]
    #expect(expected.values.reduce(into: Set()) { $0.formUnion($1) } == Set(OptimizerCheck.allCases))
    for flaw in FlawedOptimizer.Flaw.allCases {
      var skipping: [OptimizerCheck: String] = [:]
      if flaw == .inPlace {
        for check in [OptimizerCheck.descent, .rate, .singlePrecision] { skipping[check] = "it writes float32" }
      }
      let failed = try failed { try checkOptimizer(skipping: skipping) { FlawedOptimizer(for: $0, flaw) } }
      #expect(failed == Set((expected[flaw] ?? []).map(\.rawValue)), "\(flaw)")
    }
  }

  @Test func `a flaw of a cell fails its check`() throws {
    let loop = "the sequence equals its steps"
    let expected: [FlawedCell.Flaw: Set<String>] = [
      .stepBackward: [
        "a step: gradients in float64", "a step: other shapes", "a sequence: gradients in float64",
        "a sequence: other shapes", "unequal lengths",
      ],
      .mixesRows: ["sequences apart"], .ignoresState: ["unequal lengths", loop, "truncation"],
      .ignoresTruncation: [loop, "truncation"],
    ]
    for flaw in FlawedCell.Flaw.allCases {
      let failed = try failed { try checkCell(FlawedCell(flaw: flaw)) }
      #expect(failed == expected[flaw] ?? [], "\(flaw)")
    }
  }
}
