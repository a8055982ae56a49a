import Strata
import StrataTensor
import Testing

/// The memory counters belong to the whole process, so tests that read them run in a separate process.
@Suite(.seeded) struct MemoryLimitTests {
  /// Chains of different layers from [32, 24] to [32, n].
  static func chain(_ number: Int) -> Sequential {
    let shared = Linear(24, 24)
    switch number {
    case 0: return Sequential((0..<8).flatMap { _ in [Linear(24, 24), ReLU()] as [any Layer] })
    case 1:
      return Sequential {
        Linear(24, 96); BatchNorm(96); GELU(); Dropout(0.1); Linear(96, 48); Tanh(); Linear(48, 4); Sigmoid()
        Linear(4, 60)
      }
    case 2:
      return Sequential {
        shared; Softplus(); Reshape([6, 4]); Recurrent(LSTMCell(4, 10)); Flatten(); LayerNorm(60); Linear(60, 24);
        SiLU()
        TiedLinear(transposing: shared.weight)
      }
    default:
      return Sequential {
        Residual {
          Linear(24, 24); GELU()
        }
        Reshape([1, 4, 6]); Conv2D(1, 3, kernel: 3, padding: 1); ReLU(); MaxPool2D(kernel: 2); Flatten(); Identity()
        Linear(18, 7); Softmax()
      }
    }
  }

  /// The peak memory of a step above that before it, without gradients.
  static func peak(_ model: some Layer, _ x: Tensor, _ gradients: inout Gradients) -> Int {
    let start = Memory.liveBytes
    Memory.resetPeak()
    _ = model.accumulateGradients(at: x, into: &gradients) { y in (0, y.copied()) }
    return Memory.peakBytes - start
  }

  @Test(arguments: 0..<4)
  func `no limit is passed by a byte, and a wider one never costs more products`(_ number: Int) async {
    await #expect(processExitsWith: .success) { [number] in
      let net = Self.chain(number)
      let x = Tensor(normal: [32, 24])
      var gradients = Gradients()
      _ = Self.peak(net, x, &gradients)
      let plain = Self.peak(net, x, &gradients)
      let refused = #expect(throws: MemoryLimitError.self) {
        try net.checkpointed(.within(bytes: 0), input: x.shape)
      }
      let least = try #require(refused).leastPossible
      #expect(least < plain)
      var productsBefore = Int.max
      for step in 0..<20 {
        let limit = least + (plain - least) * step / 19
        let model = try net.checkpointed(.within(bytes: limit), input: x.shape)
        let forecast = try #require(model.forecast)
        let before = Runtime.matrixProducts
        let peak = Self.peak(model, x, &gradients)
        let products = Runtime.matrixProducts - before
        _ = Self.peak(net, x, &gradients)
        let plainProducts = Runtime.matrixProducts - before - products
        #expect(peak <= limit)
        #expect(peak == forecast.peakBytes)
        #expect(products - plainProducts == forecast.extraProducts)
        #expect(forecast.extraProducts <= productsBefore)
        productsBefore = forecast.extraProducts
      }
      #expect(productsBefore == 0, "the plain need recomputes nothing")
    }
  }

  @Test func `a limit below the least possible is refused with the least`() throws {
    let net = Self.chain(0)
    let error = #expect(throws: MemoryLimitError.self) {
      try net.checkpointed(.within(bytes: 10), input: [32, 24])
    }
    let least = try #require(error).leastPossible
    #expect(
      error?.description
        == "checkpointed(.within(bytes: 10)): the least possible for this input is \(least) bytes; allow that much, "
        + "or take smaller batches")
    _ = try net.checkpointed(.within(bytes: least), input: [32, 24])
  }
}
