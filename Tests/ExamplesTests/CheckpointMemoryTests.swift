import ExampleSupport
import Strata
import Testing

@testable import CheckpointMemory

@Suite(.seeded) struct CheckpointMemoryTests {
  /// In its own process: the counters of memory are the whole program's.
  @Test func `the square root of the depth is kept, each layer runs at most twice, and Offloaded keeps three`() async {
    await #expect(processExitsWith: .success) {
      let settings = try #require(try CheckpointMemorySettings.parse(["--width", "16", "--batch", "256"]))
      let net = perceptron(settings)
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

  @Test func `it prints a row for each strategy`() throws {
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
