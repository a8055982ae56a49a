import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct CheckpointTests {
  @Test(arguments: 0..<25)
  func `every strategy gives the bits of the plain net`(_ seed: Int) throws {
    let net = randomNet(seed: UInt64(seed))
    let x = withSeed(UInt64(seed)) { Tensor(normal: [6, 8]) }
    let wantsInput = seed % 2 == 0
    let plain = try StepResult(of: net, at: x, wantsInput: wantsInput)
    var strategies = (1...net.layers.count).map { CheckpointStrategy.everySegment(of: $0) }
    strategies += [.plain, .squareRoot, .selective { $0 is Linear }, .selective { _ in false }]
    let refusal = #expect(throws: MemoryLimitError.self) {
      try net.checkpointed(.within(bytes: 0), input: x.shape)
    }
    let least = try net.checkpointed(.within(bytes: try #require(refusal).leastPossible), input: x.shape)
    #expect(try StepResult(of: least, at: x, wantsInput: wantsInput).differences(from: plain) == [])
    for strategy in strategies {
      let result = try StepResult(of: net.checkpointed(strategy), at: x, wantsInput: wantsInput)
      #expect(result.differences(from: plain) == [], "\(strategy)")
    }
  }

  @Test func `paths are those of the plain model, so either loads the other's state`() throws {
    let net = randomNet(seed: 3)
    let checkpointed = net.checkpointed(.everySegment(of: 2))
    #expect(checkpointed.parameters.map(\.path) == net.parameters.map(\.path))
    #expect(checkpointed.state.keys.sorted() == net.state.keys.sorted())
    try checkpointed.load(net.state)
  }

  @Test func `inference is that of the plain model`() {
    let net = randomNet(seed: 4)
    let x = Tensor(normal: [5, 8])
    #expect(net.checkpointed()(x).isIdentical(to: net(x)))
    #expect(net.checkpointed().activations(of: x).map(\.path) == net.activations(of: x).map(\.path))
  }

  @Test func `a segment's input stays and the last segment's caches`() {
    let net = Sequential((0..<9).flatMap { _ in [Linear(16, 16), ReLU()] as [any Layer] })
    let layer = 32 * 16 * 4
    #expect(net.cachedBytes(for: [32, 16]) == 10 * layer)
    // Three segments of three Linear: the inputs of two of them, and of the third the input and three outputs.
    #expect(net.checkpointed().cachedBytes(for: [32, 16]) == (2 + 4) * layer)
    #expect(net.checkpointed(.everySegment(of: 6)).cachedBytes(for: [32, 16]) == (2 + 4) * layer)
    #expect(Checkpoint { net }.cachedBytes(for: [32, 16]) == layer)
  }

  @Test func `selective keeps exactly the caches that are named, and the inputs of the others' runs`() {
    let net = Sequential {
      Linear(16, 16)  // keeps x
      BatchNorm(16)  // would keep z, and its statistics
      GELU()  // would keep its input
      Dropout(0.1)
      Linear(16, 16)  // keeps its input
      Tanh()  // keeps its output, which is also the input that the next keeps
      Linear(16, 8)  // keeps its input
    }
    let kept = net.checkpointed(.selective { $0 is Linear })
    let layer = 32 * 16 * 4
    #expect(kept.cachedBytes(for: [32, 16]) == 4 * layer)
    #expect(net.cachedBytes(for: [32, 16]) == 5 * layer + 2 * 16 * 8)
    let run = CheckpointPlan.Step.recompute(1..<4, .keepingAll(1..<4))
    #expect(kept.recipe.plan.steps == [.keep(0), run, .keep(4), .keep(5), .keep(6)])
  }

  @Test func `of activations in a row before a kept layer, each that is its own output stays`() {
    let net = Sequential {
      GELU(); Sigmoid(); Tanh(); Linear(4, 4)
    }
    let kept = net.checkpointed(.selective { $0 is Linear })
    #expect(kept.recipe.plan.steps == [.recompute(0..<1, .keepingAll(0..<1)), .keep(1), .keep(2), .keep(3)])
  }

  @Test func `each layer but the last segment's runs forward once more`() {
    let net = Sequential((0..<4).map { _ in Linear(3, 3) })
    #expect(net.checkpointed(.everySegment(of: 1)).recipe.plan.recomputations(count: 4) == [1, 1, 1, 0])
    #expect(net.checkpointed(.everySegment(of: 4)).recipe.plan.recomputations(count: 4) == [0, 0, 0, 0])
    #expect(Checkpoint { net }.recipe.plan.recomputations(count: 1) == [1])
  }

  @Test func `a batch of one row is measured as it is`() {
    #expect(
      ReLU().extrapolated(to: 1) {
        Tensor(zeros: [$0, 3])
      } _: {
        [$0.count]
      } == [3])
  }
}
