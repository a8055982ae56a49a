import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct MemoryPlanTableTests {
  @Test func `a plan prints what is held, what each layer keeps, and what strategies make of it`() throws {
    let model = Sequential {
      Linear(784, 256)
      ReLU()
      Linear(256, 10)
    }
    let plan = try model.memoryPlan(input: [64, 784], optimizer: Adam(for: model), strategies: [.everySegment(of: 2)])
    #expect(
      plan.description == """
        held throughout               bytes
        ───────────────────────────────────
        parameters                  814,120
        statistics and constants          0
        gradients                   814,120
        optimizer                 1,628,240
        ───────────────────────────────────
        total                     3,256,480

           keeps for backward of [64, 784]    bytes
        ───────────────────────────────────────────
        0  Linear(784, 256)                 200,704
        1  ReLU()                            65,536
        2  Linear(256, 10)                        0
        ───────────────────────────────────────────
           the model as it is               266,240

        strategy              cached bytes  peak  with all held  extra products  extra multiplications
        ──────────────────────────────────────────────────────────────────────────────────────────────
        as it is                   266,240            3,522,720               0                      0
        .everySegment(of: 2)       266,240            3,522,720               1             12,845,056
        Offloaded                  200,704            3,457,184               0                      0
        """)
  }

  @Test func `a layer whose cache does not grow evenly has the batch itself tried`() throws {
    /// Keeps its input in blocks of eight rows.
    struct Blocks: Layer, UnevenCache {
      let weight = Parameter([1], initialValue: 1)
      func forward(_ x: Tensor) -> (Tensor, Tensor) { (x, Tensor(zeros: [(x.shape[0] + 7) / 8, 8])) }
      func backward(_ dy: Tensor, _ cache: Tensor, _ gradients: inout Gradients) -> Tensor { dy }
    }
    let model = Blocks()
    // Batches of two, three and four take one block each, from which 20 rows would seem to take one too.
    let plan = try model.memoryPlan(input: [20, 1], optimizer: SGD(for: model, learningRate: 1))
    #expect(plan.strategies.map(\.cachedBytes) == [3 * 8 * 4])
    #expect(plan.layers.map(\.cachedBytes) == [3 * 8 * 4])
  }

  @Test func `an input that does not fit is an error, not a stop`() {
    let model = Sequential { Linear(4, 3) }
    #expect(throws: ShapeError.self) { try model.memoryPlan(input: [8, 5], optimizer: Adam(for: model)) }
  }
}
