import Strata
import StrataTensor
import StrataTesting
import Testing

@Suite(.seeded) struct GradientCheckTests {
  @Test func `a right backward passes`() throws {
    let report = try checkGradients(of: FaultyLinear(fault: .none), input: [4, 3])
    #expect(report.entries.map(\.name) == ["weight", "bias", "input"])
    #expect(report.error < 1e-11)
  }

  @Test(arguments: [
    (FaultyLinear.Fault.sign, "weight", "sign"), (.batchTimes, "weight", "too large by the batch size, 4"),
    (.batchOver, "weight", "too small by the batch size, 4"), (.transposed, "weight", "transposed"),
    (.missing, "weight", "no gradient was added"), (.zero, "weight", "zeros"),
    (.subtle, "weight", "factor 1.0000001"), (.inputTerm, "input", "a term"),
    (.untransposedFactor, "input", "dx = dy·Wᵀ, not dy·W"),
    (.biasSum, "bias", "sample 0 alone: the sum over the batch is missing"),
    (.lastSampleMissing, "weight", "sample 3 is missing"), (.staleFirst, "weight", "the cache is stale"),
    (.staleLast, "weight", "the cache is stale"), (.notFinite, "weight", "not finite"),
  ])
  func `a fault is seen, and named`(_ fault: FaultyLinear.Fault, _ tensor: String, _ cause: String) {
    let mismatch = #expect(throws: GradientMismatch.self) {
      try checkGradients(of: FaultyLinear(fault: fault), input: [4, 3])
    }
    #expect(mismatch?.tensor == tensor)
    #expect(mismatch?.cause.contains(cause) == true, "\(mismatch?.cause ?? "")")
  }

  @Test func `a way past the layers that was overwritten is named`() {
    let mismatch = #expect(throws: GradientMismatch.self) {
      try checkGradients(of: FaultyShortcut(), input: [4, 3])
    }
    #expect(mismatch?.cause.contains("overwritten instead of added") == true, "\(mismatch?.cause ?? "")")
  }

  @Test(arguments: FaultyNormalization.Fault.allCases)
  func `a normalization treated as constant is named`(_ fault: FaultyNormalization.Fault) {
    let mismatch = #expect(throws: GradientMismatch.self) {
      try checkGradients(of: FaultyNormalization(fault: fault), input: [7, 6])
    }
    #expect(mismatch?.cause.contains("normalization is treated as constant") == true, "\(mismatch?.cause ?? "")")
  }

  @Test func `a wrong term that is none of the usual is not taken for one`() {
    // ∂ tanh written as 1 − y instead of 1 − y².
    struct Wrong: Layer {
      func forward(_ x: Tensor) -> (Tensor, Tensor) { (tanh(x), tanh(x)) }
      func backward(_ dy: Tensor, _ y: Tensor, _ gradients: inout Gradients) -> Tensor { dy * (1 - y) }
    }
    let mismatch = #expect(throws: GradientMismatch.self) { try checkGradients(of: Wrong(), input: [7, 6]) }
    #expect(mismatch?.cause == "a term of the derivative is missing or wrong")
  }

  @Test func `a large layer is checked along directions`() throws {
    let model = withSeed(1) {
      Sequential {
        Linear(128, 256); ReLU(); Linear(256, 10)
      }
    }
    let report = try checkGradients(of: model, input: [64, 128])
    #expect(report.entries.map(\.comparisons) == [12, 256, 12, 10, 12])
  }

  @Test func `the layer has its own bits and precision back`() throws {
    let model = withSeed(1) { Sequential { Linear(3, 2) } }
    let before = model.state
    try checkGradients(of: model, input: [4, 3])
    for (name, tensor) in model.state { #expect(tensor.isIdentical(to: before[name]!)) }
  }

  @Test func `kinks are passed beside`() throws {
    // 1e-4 from the kink of each element: the largest step would cross it.
    try checkGradients(of: ReLU(), input: Tensor([1e-4, -1e-4, 3e-5, 1], dtype: .float64))
  }
}
