import Foundation
import Strata
import StrataTensor
import Testing

/// What the page "Differences from PyTorch" says of Strata.
@Suite(.seeded) struct PyTorchDifferenceTests {
  private let precisions = [DType.float32, .float64]

  @Test func `initial weights are He's, and biases 0`() throws {
    let linear = Linear(400, 300)
    let conv = Conv2D(16, 32, kernel: 5)
    for (weight, bias) in [(linear.weight, linear.bias), (conv.weight, conv.bias)] {
      let bound = (6.0 / 400).squareRoot()
      let largest = weight.value.elements(as: Double.self).map(abs).max()!
      #expect(largest <= bound && largest > 0.999 * bound)
      #expect(try #require(bias).value == Tensor(zeros: bias!.shape))
    }
    // √6 times as wide as PyTorch's, which the initializer on the page gives.
    let theirs = Linear(400, 300, initializer: .uniform(in: -0.05..<0.05))
    let ratio = linear.weight.value.norm / theirs.weight.value.norm
    #expect(abs(ratio - 2.449) < 0.02)
  }

  @Test func `a batch of ignored samples has the loss 0, and ignored rows no gradient, be they NaN`() {
    let loss = SoftmaxCrossEntropy(ignoredIndex: -100)
    let (value, gradient) = loss.evaluate(Tensor(zeros: [2, 3]), Tensor(labels: [-100, -100]))
    #expect(value == 0 && gradient == Tensor(zeros: [2, 3]))
    let (rest, some) = loss.evaluate([[.nan, 0, 0], [0, 0, 0]], Tensor(labels: [-100, 1]))
    #expect(abs(rest - Foundation.log(3)) < 1e-6)
    #expect(some[0] == [0, 0, 0])
  }

  @Test func `infinite logits that agree with their targets cost nothing`() {
    for dtype in precisions {
      func tensor(_ x: Tensor) -> Tensor { x.converted(to: dtype) }
      let (soft, _) = SoftmaxCrossEntropy().evaluate(tensor([[-.infinity, 0]]), tensor([[0, 1]]))
      #expect(soft == 0)
      let (binary, slope) = BinaryCrossEntropyWithLogits().evaluate(
        tensor([.infinity, -.infinity]), tensor([1, 0]))
      #expect(binary == 0 && slope == tensor([0, 0]))
    }
  }

  @Test func `NaN comes through the absolute error and the sign`() {
    let (value, gradient) = MeanAbsoluteError().evaluate([.nan, 1], [0, 0])
    #expect(value.isNaN && gradient[0].item.isNaN && gradient[1].item == 0.5)
    #expect(StraightThrough(.sign)([.nan])[0].item.isNaN)
  }

  @Test func `a count of 0 at a log-rate of minus infinity costs nothing, and Hardswish there is 0`() {
    for dtype in precisions {
      let x = Tensor([-Double.infinity]).converted(to: dtype)
      let (value, slope) = PoissonNLL().evaluate(x, Tensor(zeros: [1], dtype: dtype))
      #expect(value == 0 && slope[0].item == 0)
      #expect(Hardswish()(x)[0].item == 0)
    }
  }

  @Test func `activations take their limits`() {
    var gradients = Gradients()
    let (_, cache) = GELU(.tanh).forward([-1e30])
    let dx = GELU(.tanh).backward([1], cache, &gradients)
    #expect(dx[0].item == 0)
    let (x, y) = (20.5, Softplus()(Tensor(repeating: 20.5, shape: [1], dtype: .float64)).item)
    #expect(abs(y - x - Foundation.log1p(Foundation.exp(-x))) < 1e-14)
    // What PyTorch's threshold leaves out.
    #expect(Foundation.log1p(Foundation.exp(-20)) < 2.1e-9)
  }

  @Test func `a constant channel becomes the shift`() {
    let (y, _) = BatchNorm(1).forward(Tensor(repeating: 0.1, shape: [4, 1]))
    #expect(y == Tensor(zeros: [4, 1]))
  }

  @Test func `clipping gives the norm that it is asked for, and PyTorch's by the line on the page`() throws {
    func gradients() -> Gradients {
      var gradients = Gradients()
      gradients.add(Tensor([3, 4]).converted(to: .float64), to: Parameter(Tensor(zeros: [2], dtype: .float64)))
      return gradients
    }
    var (ours, theirs) = (gradients(), gradients())
    try ours.clip(globalNorm: 1)
    #expect(abs(try ours.globalNorm() - 1) < 1e-15)
    let norm = try theirs.globalNorm()
    try theirs.clip(globalNorm: 1 * norm / (norm + 1e-6))
    #expect(abs(try theirs.globalNorm() - 0.99999980000004) < 1e-15)
  }

  /// The weight after steps along these gradients from 0.
  private func weight(after gradients: [Double], _ dtype: DType, _ make: (Linear) -> some Optimizer) throws -> Double {
    let model = Linear(weight: Parameter(Tensor(zeros: [1, 1], dtype: dtype)), bias: nil)
    var optimizer = make(model)
    for gradient in gradients {
      var step = Gradients()
      step.add(Tensor(repeating: gradient, shape: [1, 1], dtype: dtype), to: model.weight)
      try optimizer.update(along: step)
    }
    return model.weight.value.item
  }

  @Test func `a parameter moves on after a gradient whose square is infinite`() throws {
    for (dtype, huge) in [(DType.float32, 3e38), (.float64, 1e300)] {
      let one = try weight(after: [huge], dtype) { Adam(for: $0, learningRate: 0.1) }
      let two = try weight(after: [huge, 1], dtype) { Adam(for: $0, learningRate: 0.1) }
      #expect(abs(one + 0.1) < 1e-6 && two < one)
      #expect(try weight(after: [huge], dtype) { AdamW(for: $0, learningRate: 0.1) } < 0)
      #expect(try weight(after: [huge], dtype) { RMSProp(for: $0, learningRate: 0.1) } < 0)
    }
  }

  @Test func `a gradient counts as at most 2⁶³ in the mean of squares, in float64 2⁵¹¹`() throws {
    for (dtype, exponent) in [(DType.float32, 63), (.float64, 511)] {
      let limit = Foundation.scalbn(1.0, exponent)
      let model = Linear(weight: Parameter(Tensor(zeros: [1, 1], dtype: dtype)), bias: nil)
      var optimizer = Adam(for: model, betas: (0, 0))
      var gradients = Gradients()
      gradients.add(Tensor(repeating: 4 * limit, shape: [1, 1], dtype: dtype), to: model.weight)
      try optimizer.update(along: gradients)
      #expect(optimizer.state["weight.square"]!.item == limit * limit)
    }
  }

  @Test func `a mean below the smallest normal number is 0`() throws {
    let model = Linear(weight: Parameter(Tensor(zeros: [1, 1])), bias: nil)
    var optimizer = SGD(for: model, learningRate: 1, momentum: 0.5)
    for gradient in [2 * Double(Float.leastNormalMagnitude), 0, 0] {
      var gradients = Gradients()
      gradients.add(Tensor(repeating: gradient, shape: [1, 1]), to: model.weight)
      try optimizer.update(along: gradients)
    }
    #expect(optimizer.state["weight.momentum"]!.item == 0)
  }

  @Test func `a negative loss that stays is a plateau`() {
    var plateau = ReduceOnPlateau(patience: 0)
    let rates = [-1, -1.00001, -1.00001].map { plateau.rate(after: $0, from: 1) }
    #expect(rates == [1, 0.1, 0.1])
  }
}
