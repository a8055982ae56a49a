import CStrataKernels
import Strata
import StrataTensor
import StrataTesting
import Testing

/// The masks of ``Dropout``: how they are drawn, scaled, replayed and saved.
@Suite(.seeded) struct DropoutTests {
  @Test func `the kernel draws the words of the generator`() {
    let (seed, stream): (UInt64, UInt64) = (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210)
    let count = 100
    let ones = Tensor(ones: [count], dtype: .float64)
    for first in [0, 32 * 7] {
      for threshold: UInt32 in [1 << 31, 3_000_000_000] {
        let y = Tensor(zeros: [count], dtype: .float64)
        strata_dropout_f64(
          count, first, seed, stream, threshold, 1, ones.pointer(Double.self), y.mutablePointer(Double.self))
        for index in 0..<count {
          let place = first + index
          let counter = UInt32(place / 32 * 8 + place % 8)
          let words = Philox.words(
            counter: [counter, 0, UInt32(truncatingIfNeeded: stream), UInt32(stream >> 32)],
            key: [UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)])
          #expect(y[index].item == (words[place % 32 / 8] < threshold ? 0 : 1))
        }
      }
    }
  }

  @Test(arguments: [0.1, 0.5, 0.9])
  func `it keeps the expected part, and scales it`(_ rate: Double) {
    let y = Dropout(rate).forward(Tensor(ones: [100, 1000])).0.elements(as: Double.self)
    let kept = y.filter { $0 != 0 }
    #expect(kept.allSatisfy { $0 == Double(Float(1 / (1 - rate))) })
    // Five standard deviations of a binomial count.
    let deviation = (1e5 * rate * (1 - rate)).squareRoot()
    #expect(abs(Double(kept.count) - 1e5 * (1 - rate)) < 5 * deviation)
  }

  @Test func `neighbours, columns and calls are independent`() {
    let layer = Dropout(0.5)
    let a = layer.forward(Tensor(ones: [1 << 17])).0 - 1
    let b = layer.forward(Tensor(ones: [1 << 17])).0 - 1
    for shift in [1, 8, 16, 32, 64, 1024] {
      let n = a.count - shift
      #expect(abs((a[0..<n] * a[shift..<a.count]).mean().item) < 5 / Double(n).squareRoot())
    }
    #expect(abs((a * b).mean().item) < 5 / Double(a.count).squareRoot())
  }

  @Test func `the mask is the same for any number of workers, and in both precisions`() {
    let layer = Dropout(0.3)
    func mask(_ dtype: DType) -> Tensor {
      layer.stream.position = 0
      return layer.forward(Tensor(ones: [333, 101], dtype: dtype)).0 .!= 0
    }
    let alone = withWorkers(1) { mask(.float32) }
    for (workers, dtype) in [(2, DType.float32), (3, .float64)] {
      let shared = WorkerLog.sharing(workers: workers) { mask(dtype) }
      #expect(shared.result.converted(to: .float32).isIdentical(to: alone))
      #expect(shared.threads > 1)
    }
  }

  @Test func `a forward replayed sees the same mask, and nothing is cached`() {
    let layer = Dropout(0.5)
    let x = Tensor(normal: [7, 31])
    let (y, calls) = RandomCalls.recording { layer.forward(x).0 }
    #expect(calls.replayed { layer.forward(x).0 }.isIdentical(to: y))
    #expect(!layer.forward(x).0.isIdentical(to: y))
    #expect(layer.cachedBytes(for: [64, 512]) == 0)
    #expect(layer(x).isIdentical(to: x))
  }

  @Test func `backward applies the mask of its forward`() {
    let layer = Dropout(0.4)
    let x = Tensor(ones: [9, 33])
    let (y, cache) = layer.forward(x)
    _ = layer.forward(x)
    var gradients = Gradients()
    #expect(layer.backward(x, cache, &gradients).isIdentical(to: y))
  }

  @Test func `rates 0 and 1, and numbers that are not finite, are as in PyTorch`() {
    let x = Tensor([.nan, .infinity, -1, 2] as [Float])
    #expect(Dropout(0).forward(x).0.isIdentical(to: x))
    let (y, dx, _) = Dropout(1).run(x, Tensor(ones: [4]))
    let elements = y.elements(as: Float.self)
    #expect(elements[0].isNaN && elements[1].isNaN && elements[2] == 0 && elements[3] == 0)
    #expect(dx == Tensor(zeros: [4]))
    let dropped = Dropout(0.5).forward(Tensor(repeating: .nan, shape: [100])).0
    #expect(dropped.elements(as: Float.self).allSatisfy { $0.isNaN })
  }

  /// 2³² − 1 is the only word that no 32-bit threshold exceeds. Here it is among the first 32 drawn.
  @Test func `at rate 1 not even the largest word keeps an element`() {
    let layer = withSeed(1) { Dropout(1) }
    let x = Tensor(ones: [32])
    layer.stream.position = 194_109_382
    let key = layer.stream.next()
    let y = Tensor(zeros: [32])
    strata_dropout_f32(32, 0, key.seed, key.stream, .max, 1, x.pointer(Float.self), y.mutablePointer(Float.self))
    #expect(y.sum().item == 1, "the kernel alone would keep it")
    layer.stream.position = 194_109_382
    #expect(layer.forward(x).0 == Tensor(zeros: [32]))
  }

  @Test func `a stream's position is saved with the model, and may be missing`() throws {
    func model() -> Sequential {
      withSeed(3) {
        Sequential {
          Linear(4, 4); Dropout(0.5)
        }
      }
    }
    let (first, second) = (model(), model())
    let x = Tensor(normal: [5, 4])
    for _ in 0..<3 { _ = first.forward(x) }
    #expect(first.state["1.stream"] == Tensor([3, 0, 3, 0, 1, 0] as [Int32]), "position, seed, number")
    try second.load(first.state)
    #expect(second.forward(x).0.isIdentical(to: first.forward(x).0))
    try second.load(first.state.filter { $0.key != "1.stream" })
    #expect((second.layers[1] as! Dropout).stream.position == 4)
    (first.layers[1] as! Dropout).stream.position = 5 << 32 | 0xffff_fffe
    try second.load(first.state)
    #expect((second.layers[1] as! Dropout).stream.position == 5 << 32 | 0xffff_fffe)
    var state = first.state
    state["1.stream"] = Tensor(labels: [1])
    #expect(throws: StateError.self) { try second.load(state) }
  }

  /// Another seed, and another order in which the layers are made.
  @Test func `a model made elsewhere goes on to the same masks after a load`() throws {
    let first = withSeed(1) {
      Sequential {
        Dropout(0.5); Linear(4, 4); Dropout(0.3); Reparameterize()
      }
    }
    let second: Sequential = withSeed(2) {
      let late = (Linear(4, 4), Dropout(0.3), Reparameterize())
      return Sequential {
        Dropout(0.5); late.0; late.1; late.2
      }
    }
    let x = Tensor(normal: [5, 4])
    _ = first.forward(x)
    try second.load(first.state)
    for _ in 0..<3 { #expect(second.forward(x).0.isIdentical(to: first.forward(x).0)) }
  }

  @Test func `a run with another state goes on with its own masks afterwards`() throws {
    let (model, twin, other) = (
      withSeed(1) { Dropout(0.5) }, withSeed(1) { Dropout(0.5) }, withSeed(2) { Dropout(0.5) }
    )
    let x = Tensor(ones: [50])
    let inside = try model.withState(other.state) { model.forward(x).0 }
    #expect(inside == other.forward(x).0 && inside != twin.forward(x).0)
    twin.stream.position = 0
    #expect(model.forward(x).0 == twin.forward(x).0)
  }

  /// A file that was written before holds the position alone: 2 words, which may be any.
  @Test(arguments: [[3, 0], [-1, -1]] as [[Int32]])
  func `a position alone is loaded, whatever it is`(_ position: [Int32]) throws {
    let (model, twin) = (withSeed(1) { Dropout(0.5) }, withSeed(1) { Dropout(0.5) })
    let x = Tensor(ones: [50])
    try model.load(["stream": Tensor(position)])
    twin.stream.position = UInt64(bitPattern: Int64(position[0]))
    for _ in 0..<2 { #expect(model.forward(x).0 == twin.forward(x).0) }
    try model.load(["stream": Tensor([Int32](repeating: -1, count: 6))])
    for _ in 0..<2 { _ = model.forward(x) }
    try model.load(model.state)
  }

  @Test func `looking at a model does not move its streams`() throws {
    let model = Sequential {
      Linear(4, 4); Dropout(0.5)
    }
    _ = try model.summary(input: [2, 4])
    _ = model.cachedBytes(for: [2, 4])
    try checkGradients(of: model, input: [2, 4])
    #expect((model.layers[1] as! Dropout).stream.position == 0)
  }
}
