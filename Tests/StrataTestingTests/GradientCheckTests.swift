import Strata
import StrataTensor
import StrataTesting
import Testing

/// y = xW with a fault planted in the backward: what the check must see, and name.
private struct FaultyLinear: Layer {
  enum Fault: CaseIterable {
    case none, sign, batchTimes, batchOver, transposed, missing, zero, subtle, inputTerm
  }

  let weight = Parameter(withSeed(9) { Tensor(normal: [3, 3]) })
  let fault: Fault

  func forward(_ x: Tensor) -> (Tensor, (x: Tensor, weight: Tensor)) {
    let weight = weight.value
    return (matmul(x, weight), (x, weight))
  }

  func backward(
    _ dy: Tensor, _ cache: (x: Tensor, weight: Tensor), _ gradients: inout Gradients
  ) -> Tensor {
    let dW = matmul(cache.x.transposed, dy)
    let batch = Double(dy.shape[0])
    switch fault {
    case .none, .inputTerm: gradients.add(dW, to: weight)
    case .sign: gradients.add(-dW, to: weight)
    case .batchTimes: gradients.add(batch * dW, to: weight)
    case .batchOver: gradients.add(dW / batch, to: weight)
    case .transposed: gradients.add(dW.transposed.tensor, to: weight)
    case .missing: break
    case .zero: gradients.add(0 * dW, to: weight)
    case .subtle: gradients.add(dW * (1 + 1e-7), to: weight)
    }
    let dx = matmul(dy, cache.weight.transposed)
    return fault == .inputTerm ? dx + 1e-6 : dx
  }
}

@Suite struct GradientCheckTests {
  @Test func `a right backward passes`() throws {
    let report = try checkGradients(of: FaultyLinear(fault: .none), input: [4, 3])
    #expect(report.entries.map(\.name) == ["weight", "input"])
    #expect(report.error < 1e-11)
  }

  @Test(arguments: [
    (FaultyLinear.Fault.sign, "weight", "sign"), (.batchTimes, "weight", "too large by the batch size, 4"),
    (.batchOver, "weight", "too small by the batch size, 4"), (.transposed, "weight", "transposed"),
    (.missing, "weight", "no gradient was added"), (.zero, "weight", "zeros"),
    (.subtle, "weight", "factor 1.00000009"), (.inputTerm, "input", "a term"),
  ])
  fileprivate func `a fault is seen, and named`(
    _ fault: FaultyLinear.Fault, _ tensor: String, _ cause: String
  ) {
    let mismatch = #expect(throws: GradientMismatch.self) {
      try checkGradients(of: FaultyLinear(fault: fault), input: [4, 3])
    }
    #expect(mismatch?.tensor == tensor)
    #expect(mismatch?.cause.contains(cause) == true, "\(mismatch?.cause ?? "")")
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
