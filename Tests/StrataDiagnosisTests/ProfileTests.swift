import Foundation
import Strata
import StrataTensor
import Testing

@testable import StrataDiagnosis

/// What a profile counts; how near its sum is to a step is for a quiet machine to say: `strata-bench --profile`.
@Suite(.seeded) struct ProfileTests {
  private let peaks = MachinePeaks(flops: 1e11, bytesPerSecond: 1e10)

  private func model() -> Sequential {
    withSeed(1) {
      Sequential {
        Linear(6, 16)
        BatchNorm(16)
        ReLU()
        Residual {
          Linear(16, 16); Tanh(); Dropout(0.5)
        }
        Linear(16, 3)
      }
    }
  }

  private func profile(_ model: some Layer, rounds: Int = 2) throws -> StepProfile {
    try StrataDiagnosis.profile(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), at: LintTests.classes.inputs,
      LintTests.classes.labels, rounds: rounds, peaks: peaks)
  }

  @Test func `every layer has its time, its arithmetic and its bytes`() throws {
    let profile = try profile(model())
    #expect(profile.layers.map(\.path) == ["0", "1", "2", "3.0", "3.1", "3.2", "4"])
    #expect(profile.layers.allSatisfy { $0.runs == 1 && $0.forwardSeconds > 0 && $0.backwardSeconds > 0 })
    #expect(profile.lossSeconds > 0 && profile.optimizerSeconds > 0 && profile.restSeconds >= 0)
    // 24 rows: forward, dW and dx; the first layer wants no dx.
    #expect(profile.layers[0].flops == 2 * 24 * 6 * 16 * 2)
    #expect(profile.layers[3].flops == 2 * 24 * 16 * 16 * 3)
    #expect(profile.layers[2].flops == 0)
    #expect(profile.layers[6].bytes == 2 * 4 * Double(24 * 16 + 24 * 3 + 16 * 3 + 3))
    let parts = profile.layers.reduce(0) { $0 + $1.seconds } + profile.lossSeconds + profile.optimizerSeconds
    #expect(abs(profile.totalSeconds - parts - profile.restSeconds) < 1e-12)
  }

  @Test func `an attention has a row for what it does itself`() throws {
    let model = withSeed(1) {
      Sequential {
        MultiHeadAttention(4, heads: 2); MeanOverTime(); Linear(4, 3)
      }
    }
    let x = withSeed(2) { Tensor(normal: [6, 5, 4]) }
    let profile = try StrataDiagnosis.profile(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), at: x, Tensor(labels: [0, 1, 2, 0, 1, 2]),
      rounds: 1, peaks: peaks)
    let own = try #require(profile.layers.first { $0.path == "0" })
    #expect(own.layer == "MultiHeadAttention" && own.flops > 0 && own.bytes == 0 && own.runs == 1)
  }

  @Test func `what is computed again counts as backward`() throws {
    let profile = try profile(Sequential(model().layers).checkpointed(.everySegment(of: 2)))
    let first = try #require(profile.layers.first { $0.path == "0" })
    #expect(first.runs == 1 && first.flops == 2 * 24 * 6 * 16 * 3)
  }

  @Test func `the model, the optimizer and the streams are put back to the bit`() throws {
    let model = model()
    let before = model.state
    _ = try profile(model)
    for (path, tensor) in before { #expect(model.state[path]!.isIdentical(to: tensor), "\(path)") }
  }

  @Test func `a layer that runs twice has one row`() throws {
    let shared = withSeed(1) { Twice(layer: Linear(6, 6)) }
    let profile = try profile(shared)
    #expect(profile.layers.map(\.path) == ["layer"] && profile.layers[0].runs == 2)
  }

  @Test func `its share is the longer of arithmetic and memory`() {
    func layer(_ flops: Double, _ bytes: Double) -> StepProfile.Layer {
      StepProfile.Layer(
        path: "", layer: "", runs: 1, forwardSeconds: 0.5, backwardSeconds: 0.5, flops: flops, bytes: bytes)
    }
    #expect(layer(5e10, 1e9).share(of: peaks) == 0.5 && layer(1e10, 2.5e9).share(of: peaks) == 0.25)
  }

  @Test func `it is a table, and a value that is saved`() throws {
    let profile = try profile(model())
    let lines = "\(profile)".split(separator: "\n").map(String.init)
    #expect(lines[0].contains("forward ms") && lines[2].contains("Linear(6, 16)") && lines.last!.contains("10.0 GB/s"))
    let copy = try JSONDecoder().decode(StepProfile.self, from: JSONEncoder().encode(profile))
    #expect(copy.layers.map(\.seconds) == profile.layers.map(\.seconds) && copy.peaks == peaks)
  }

  @Test func `a batch that does not fit throws`() {
    #expect(throws: ShapeError.self) { try profile(Linear(5, 3)) }
    #expect(throws: TargetError.self) { try profile(Linear(6, 2)) }
  }
}

private struct Twice: Layer {
  let layer: Linear
  func forward(_ x: Tensor) -> (Tensor, (first: any CacheBox, second: any CacheBox)) {
    let (y, first) = forward(layer, at: "layer", x)
    let (z, second) = forward(layer, at: "layer", y)
    return (z, (first, second))
  }
  func backward(
    _ dy: Tensor, _ cache: (first: any CacheBox, second: any CacheBox), _ gradients: inout Gradients
  ) -> Tensor {
    backward(layer, at: "layer", backward(layer, at: "layer", dy, cache.second, &gradients), cache.first, &gradients)
  }
}
