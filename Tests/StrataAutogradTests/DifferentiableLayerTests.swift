import Strata
import StrataTensor
import StrataTesting
import Testing

/// Layers that implement only their forward, everywhere a layer can be used.
@Suite(.seeded) struct DifferentiableLayerTests {
  static let shapes: [Shape] = [
    [1, 1], [1, 7], [5, 1], [3, 5], [2, 3, 4], [1, 1, 1], [4, 3, 2, 5], [7, 31], [17, 33], [2, 1, 9],
  ]

  @Test(arguments: shapes)
  func `gradients agree with differences`(shape: Shape) throws {
    let beta = Parameter([], initialValue: 1.5)
    try checkGradients(of: Swish(), input: shape)
    try checkGradients(of: Differentiated(["beta": beta]) { x in x * sigmoid(beta.variable * x) }, input: shape)
    let hidden = Linear(shape[-1], 3)
    try checkGradients(of: Composite(hidden: hidden), input: shape)
  }

  @Test func `the forward alone gives what the backward by hand gives`() {
    let (ours, byHand) = (Swish(), SwishByHand())
    // Fixed numbers: of others a sum may cancel, and its relative error grow.
    let (x, dy) = withSeed(1) { (Tensor(normal: [5, 7]), Tensor(normal: [5, 7])) }
    let (y, tape) = ours.forward(x)
    let (z, cache) = byHand.forward(x)
    #expect(relativeError(y, z) < 1e-6)
    var (found, expected) = (Gradients(), Gradients())
    #expect(relativeError(ours.backward(dy, tape, &found), byHand.backward(dy, cache, &expected)) < 1e-6)
    #expect(relativeError(found[ours.beta]!, expected[byHand.beta]!) < 1e-6)
  }

  @Test func `a tape may be swept twice, and gradients add`() {
    let layer = Swish()
    let (y, tape) = layer.forward([1, 2])
    var (once, twice) = (Gradients(), Gradients())
    let dx = layer.backward(y, tape, &once)
    _ = layer.backward(y, tape, &twice)
    #expect(layer.backward(y, tape, &twice).isIdentical(to: dx))
    #expect(twice[layer.beta]! == 2 * once[layer.beta]!)
  }

  @Test func `a parameter used twice gets the sum`() {
    // y = βx + βx, dβ = 2 Σ x.
    let beta = Parameter([1], initialValue: 3)
    let layer = Differentiated(["beta": beta]) { x in beta.variable * x + x * beta.variable }
    let (_, gradients) = layer.gradients(at: [1, 2]) { y in (y.sum().item, Tensor(ones: [2])) }
    #expect(gradients[beta] == [6])
  }

  @Test func `it trains and is saved in a model like any other`() throws {
    let beta = Parameter([1], initialValue: 0.5)
    let model = withSeed(3) {
      Sequential {
        Linear(2, 8)
        Swish()
        Differentiated(["beta": beta]) { x in x * sigmoid(beta.variable * x) }
        Residual { Composite(hidden: Linear(8, 8)) }
        Linear(8, 1)
      }
    }
    let paths = model.parameters.map(\.path)
    #expect(
      paths == [
        "0.weight", "0.bias", "1.beta", "2.beta", "3.0.hidden.weight", "3.0.hidden.bias", "3.0.gain", "4.weight",
        "4.bias",
      ])
    try checkGradients(of: model, input: [4, 2])
    let x = withSeed(4) { Tensor(normal: [64, 2]) }
    let target = (x * x).sum(along: 1, keepingAxis: true)
    var optimizer = Adam(for: model, learningRate: 0.02)
    var losses: [Double] = []
    for _ in 0..<60 {
      let (loss, gradients) = model.gradients(at: x) { MeanSquaredError().evaluate($0, target) }
      try optimizer.update(along: gradients)
      losses.append(loss)
    }
    #expect(losses.last! < 0.1 * losses[0])
    #expect(beta.value.item != 0.5)
    let saved = model.state
    beta.value = [9]
    try model.load(saved)
    #expect(beta.value.isIdentical(to: saved["2.beta"]!))
  }

  @Test func `outputShape is asked for where the shape changes`() throws {
    let layer = Differentiated(outputShape: { $0.withTrailing(1) }) { x in x.sum(along: -1, keepingAxes: true) }
    #expect(
      try Sequential {
        layer; Linear(1, 3)
      }.validate(input: [4, 5]) == [4, 3])
    #expect("\(layer)" == "Differentiated()")
  }

  @Test func `a layer that is first in a model computes no gradient of its input`() {
    let layer = Composite(hidden: Linear(3, 3))
    let (y, tape) = layer.forward(Tensor(ones: [2, 3]))
    var (all, own) = (Gradients(), Gradients())
    #expect(products { _ = layer.backward(y, tape, &all) } == 2)
    #expect(products { layer.accumulate(y, tape, &own) } == 1)
    for parameter in all.receivers { #expect(own[parameter]!.isIdentical(to: all[parameter]!)) }
  }

  @Test func `in training it keeps a tape, in inference none, and random layers follow`() {
    let layer = Differentiated { x in drop(x) }
    let x = Tensor(ones: [100])
    #expect(layer(x) == x)
    #expect(layer.forward(x).0 != x)
  }
}

/// The matrix products that `body` makes.
private func products(_ body: () -> Void) -> Int {
  let meter = WorkMeter()
  body()
  return meter.reading().products
}

private let drop = Dropout(0.5)

/// y = g·tanh(linear(x)) summed over the features, with a layer and its own parameter.
struct Composite: DifferentiableLayer {
  let hidden: Linear
  let gain = Parameter([1], initialValue: 2)

  func forward(_ x: Variable) -> Variable { gain.variable * tanh(hidden(x)) }
  func outputShape(for input: Shape) throws -> Shape { try hidden.outputShape(for: input) }
}

/// The same as `Swish`, with its backward.
private struct SwishByHand: Layer {
  let beta = Parameter([], initialValue: 1.5)

  func forward(_ x: Tensor) -> (Tensor, (x: Tensor, s: Tensor, beta: Tensor)) {
    let beta = beta.value
    let s = sigmoid(beta * x)
    return (x * s, (x, s, beta))
  }

  func backward(_ dy: Tensor, _ cache: (x: Tensor, s: Tensor, beta: Tensor), _ gradients: inout Gradients) -> Tensor {
    let dz = dy * cache.x * cache.s * (1 - cache.s)
    gradients.add((dz * cache.x).sum(), to: beta)
    return dy * cache.s + cache.beta * dz
  }
}
