import ExampleSupport
import Strata
import StrataTensor
import Testing

@testable import AddingProblem
@testable import Autoencoder
@testable import CheckpointMemory
@testable import ConvDigits
@testable import MNIST
@testable import RowDigits

/// The memory counters belong to the whole process, so tests that read them run in a separate process.
@Suite struct MemoryPlanTests {
  /// Every example's model with a batch for it.
  static let models: [(name: String, input: Shape, make: @Sendable () throws -> Sequential)] = [
    ("mnist", [64, 1, 8, 8], { MNIST.perceptron(inputs: 64, MNISTSettings()) }),
    (
      "mnist, batch normalization and dropout", [100, 1, 8, 8],
      {
        var settings = MNISTSettings()
        (settings.hasBatchNorm, settings.dropout, settings.hidden) = (true, 0.3, [40, 30, 20])
        return MNIST.perceptron(inputs: 64, settings)
      }
    ),
    ("row-digits", [32, 8, 8], { reader(rowLength: 8, RowDigitsSettings()) }),
    (
      "row-digits, GRU", [32, 8, 8],
      {
        var settings = RowDigitsSettings()
        settings.cell = .gru
        return reader(rowLength: 8, settings)
      }
    ),
    ("conv-digits", [32, 1, 8, 8], { try network(for: [1, 8, 8], ConvDigitsSettings()) }),
    ("autoencoder", [32, 1, 8, 8], { autoencoder(of: [1, 8, 8], AutoencoderSettings()) }),
    ("adding-problem", [50, 20, 2], { adder(RNNCell(2, 48)).model }),
    ("adding-problem, LSTM", [50, 20, 2], { adder(LSTMCell(2, 48, forgetBias: 1)).model }),
    ("checkpoint-memory", [48, 32], { try smallPerceptron() }),
    (
      "custom-layer", [512, 2],
      {
        Sequential {
          Linear(2, 16); Swish(); Linear(16, 1)
        }
      }
    ),
  ]

  static func smallPerceptron() throws -> Sequential {
    CheckpointMemory.perceptron(try #require(try CheckpointMemorySettings.parse(["--depth", "9", "--width", "32"])))
  }

  @Test(arguments: models.indices)
  func `the plan's bytes are those that are measured, for every strategy`(_ index: Int) async {
    await #expect(processExitsWith: .success) { [index] in
      let (name, input, make) = Self.models[index]
      let before = Memory.liveBytes
      let model = try make()
      let modelBytes = Memory.liveBytes - before
      let optimizer = Adam(for: model)
      let optimizerBytes = Memory.liveBytes - before - modelBytes
      let refusal = #expect(throws: MemoryLimitError.self) {
        try model.checkpointed(.within(bytes: 0), input: input)
      }
      let least = MemoryLimit.within(bytes: try #require(refusal).leastPossible)
      let strategies: [CheckpointStrategy] = [
        .squareRoot, .everySegment(of: 1), .everySegment(of: 2), .everySegment(of: 3), .selective { $0 is Linear },
      ]
      let plan = try model.memoryPlan(input: input, optimizer: optimizer, strategies: strategies, limits: [least])

      #expect(plan.parameterBytes + plan.statisticBytes == modelBytes, "\(name)")
      #expect(plan.optimizerBytes == optimizerBytes, "\(name)")
      #expect(plan.gradientBytes == Self.gradientBytes(of: model, input), "\(name)")
      var built: [any Layer] = [model]
      built += strategies.map { model.checkpointed($0) }
      built += [try model.checkpointed(least, input: input), Offloaded { model.layers }] as [any Layer]
      #expect(built.count == plan.strategies.count)
      let plain = Self.products(of: model, input)
      for (layer, row) in zip(built, plan.strategies) {
        #expect(Self.cachedBytes(of: layer, input) == row.cachedBytes, "\(name), \(row.strategy)")
        #expect(Self.products(of: layer, input) - plain == row.extraProducts, "\(name), \(row.strategy)")
      }
      withExtendedLifetime(optimizer) {}
    }
  }

  private static func cachedBytes<L: Layer>(of layer: L, _ input: Shape) -> Int {
    let before = Memory.liveBytes
    func cache() -> L.Cache { layer.forward(Tensor(zeros: input)).1 }
    return withExtendedLifetime(cache()) { Memory.liveBytes - before }
  }

  private static func gradientBytes(of layer: some Layer, _ input: Shape) -> Int {
    let before = Memory.liveBytes
    func gradients() -> Gradients { layer.gradients(at: Tensor(zeros: input)) { (0, $0) }.gradients }
    let found = gradients()
    let observed = found.observations.reduce(0) { $0 + $1.value.byteCount }
    return withExtendedLifetime(found) { Memory.liveBytes - before - observed }
  }

  private static func products(of layer: some Layer, _ input: Shape) -> Int {
    let before = Runtime.matrixProducts
    _ = layer.gradients(at: Tensor(zeros: input)) { (0, $0) }
    return Runtime.matrixProducts - before
  }

  @Test func `the square root of the depth is kept, each layer runs at most twice, and Offloaded keeps three`() async {
    await #expect(processExitsWith: .success) {
      let settings = try #require(try CheckpointMemorySettings.parse(["--width", "16", "--batch", "256"]))
      let net = CheckpointMemory.perceptron(settings)
      let x = Tensor(normal: [256, 16])
      let plain = try measureStep(net, x)
      let root = try measureStep(net.checkpointed(), x)
      #expect(plain.products == 191, "\(plain.products)")
      #expect(root.products <= 247, "\(root.products)")
      #expect(root.peakBytes <= 18 * x.byteCount, "\(root.peakBytes / x.byteCount) layer outputs")
      let offloaded = try measureStep(Offloaded { net.layers }, x)
      #expect(offloaded.peakBytes <= 3 * x.byteCount, "\(offloaded.peakBytes) of \(x.byteCount)")
      #expect(root.loss == plain.loss, "\(root.loss) \(plain.loss)")
    }
  }

  @Test func `checkpoint-memory prints a row for each strategy`() throws {
    let lines = Lines()
    let settings = try #require(
      try CheckpointMemorySettings.parse(["--depth", "16", "--width", "8", "--batch", "32", "--epochs", "1"]))
    try compareStrategies(settings, ExampleIO(output: { lines.add($0) }, errors: { _ in }))
    let text = lines.all.joined(separator: "\n")
    for strategy in ["plain", ".squareRoot", ".selective", ".within(bytes:) of 12 outputs", "Offloaded", "Reversible"] {
      #expect(text.contains("\n" + strategy), "\(strategy)")
    }
    #expect(text.contains("held throughout"))
  }
}

/// The layer y = x·σ(βx) of the example custom-layer, which is a single file that cannot be imported.
private struct Swish: Layer {
  let beta = Parameter([1], initialValue: 1)

  func forward(_ x: Tensor) -> (Tensor, (x: Tensor, s: Tensor, beta: Tensor)) {
    let beta = beta.value
    let s = sigmoid(beta * x)
    return (x * s, (x, s, beta))
  }

  func backward(
    _ dy: Tensor, _ cache: (x: Tensor, s: Tensor, beta: Tensor), _ gradients: inout Gradients
  ) -> Tensor {
    let dz = dy * cache.x * cache.s * (1 - cache.s)
    gradients.add((dz * cache.x).sum(), to: beta)
    return dy * cache.s + cache.beta * dz
  }
}
