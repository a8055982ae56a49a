import Strata
import StrataAutograd
import StrataTensor
import Synchronization
import Testing

/// The length and the memory of tapes.
@Suite(.seeded) struct TapeTests {
  @Test func `a chain of 20,000 operations is differentiated, and dropped, without recursion`() {
    let f = { (x: Variable) in (0..<20_000).reduce(x) { y, _ in y + 1 } }
    #expect(valueWithGradient(of: f, at: [0]) == (20_000, [1]))
    // Unused: the pullback is dropped with the whole tape.
    _ = valueWithPullback(of: f, at: [0])
    #expect(jvp(of: f, at: [0], along: [2]).tangent == [2])
  }

  @Test func `fan-out at every step is swept once a node`() {
    // Without it, 2⁶⁰ paths.
    let f = { (x: Variable) in (0..<60).reduce(x) { y, _ in 0.5 * (y + y) } }
    #expect(gradient(of: f, at: [3]) == [1])
  }

  @Test func `a tape keeps what derivatives read and nothing else`() {
    func bytes(_ f: @escaping @Sendable (Variable) -> Variable) -> Int {
      Differentiated([:], f).cachedBytes(for: [10, 10], dtype: .float64)
    }
    #expect(bytes { $0 + 1 } == 0)
    #expect(bytes { $0.reshaped([100]) - 3 } == 0)
    #expect(bytes { 2 * $0 } == 8, "the number 2")
    #expect(bytes { tanh($0) } == 800, "y")
    #expect(bytes { exp(tanh($0)) } == 1600, "both outputs")
    #expect(bytes { $0 * $0 } == 800, "x once")
    #expect(bytes { tanh($0).sum() } == 800)
  }

  @Test func `a layer on the tape is counted with its cache`() {
    let linear = Linear(10, 10)
    #expect(Differentiated { x in linear(x) }.cachedBytes(for: [20, 10]) == 20 * 10 * 4 + 400, "x, and W is not ours")
  }

  @Test func `what the backward pass has used is freed`() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor(ones: [1000])
      // The probe is first on the tape, so its pullback runs after everything else is used.
      let f: @Sendable (Variable) -> Variable = { x in (0..<100).reduce(Probe()(x)) { y, _ in tanh(y) } }
      let layer = Differentiated([:], f)
      let before = Memory.liveBytes
      func expectLittle(_ way: Comment) {
        let held = Probe.liveBytes.withLock { $0 } - before
        #expect(held < 10 * 4000, way)
      }
      _ = layer.gradients(at: x) { y in
        #expect(Memory.liveBytes - before >= 100 * 4000, "the tape is whole before the backward pass")
        return (0, y)
      }
      expectLittle("as a layer")
      let model = Sequential {
        Identity()
        layer
      }
      _ = model.gradients(at: x) { y in (0, y) }
      expectLittle("in a container")
      _ = gradient(of: { model($0).sum() }, at: x)
      expectLittle("in a layer that is called on a variable")
      _ = gradient(of: { f($0).sum() }, at: x)
      expectLittle("as a function")
      let beta = Parameter([1000], initialValue: 1)
      _ = gradients { f(beta.variable).sum() }
      expectLittle("as a loss of parameters")
    }
  }

  @Test func `a step on the tape allocates nothing new after the first`() async {
    await #expect(processExitsWith: .success) {
      let layer = Swish()
      let x = Tensor(normal: [64, 64])
      func step() { _ = layer.gradients(at: x) { y in (y.sum().item, y) } }
      step()
      step()
      let misses = Memory.poolMisses
      for _ in 0..<10 { step() }
      #expect(Memory.poolMisses == misses)
    }
  }
}

/// y = x; records the memory in use when its pullback runs.
private struct Probe: CustomFunction {
  static let liveBytes = Mutex(0)

  func value(_ x: Tensor) -> Tensor { x }

  func pullback(_ dy: Variable, _ x: Variable, _ y: Variable) -> Variable {
    Self.liveBytes.withLock { $0 = Memory.liveBytes }
    return dy
  }
}
