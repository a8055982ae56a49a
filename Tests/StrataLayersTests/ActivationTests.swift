import Foundation
import Strata
import StrataTensor
import Testing

/// The activations at the ends of the number line, and their accuracy in float32.
@Suite(.seeded) struct ActivationTests {
  /// y and dy/dx at one number.
  private func values(_ layer: some Layer, at x: Float) -> [Float] {
    let (y, dx, _) = layer.run(Tensor([x]), [1])
    return y.elements(as: Float.self) + dx.elements(as: Float.self)
  }

  /// Returns whether values are the same, including the sign of y.
  private func same(_ a: [Float], _ b: [Float]) -> Bool {
    zip(a, b).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN } && (a[0].sign == b[0].sign || a[0].isNaN)
  }

  @Test func `extremes are those of PyTorch`() {
    let (inf, nan) = (Float.infinity, Float.nan)
    #expect(same(values(SiLU(), at: -inf), [nan, nan]))
    #expect(same(values(SiLU(), at: inf), [inf, nan]))
    #expect(same(values(SiLU(), at: -1e30), [-0.0, 0]))
    #expect(same(values(GELU(), at: -inf), [nan, nan]))
    #expect(same(values(GELU(), at: -1e30), [-0.0, 0]))
    #expect(same(values(GELU(), at: 1e30), [1e30, 1]))
    #expect(same(values(GELU(.tanh), at: -1e30), [-0.0, 0]))  // where PyTorch's slope is NaN
    #expect(same(values(GELU(.tanh), at: 1e30), [1e30, 1]))
    #expect(same(values(Softplus(), at: -inf), [0, 0]))
    #expect(same(values(Softplus(), at: inf), [inf, 1]))
    #expect(same(values(Softplus(beta: 3), at: 1e38), [1e38, 1]))
    #expect(same(values(ELU(), at: -inf), [-1, 0]))
    #expect(same(values(ELU(), at: inf), [inf, 1]))
    #expect(same(values(LeakyReLU(), at: -inf), [-inf, 0.01]))
    #expect(same(values(LeakyReLU(slope: 0), at: -3), [-0.0, 0]))
    #expect(same(values(PReLU(slope: -2), at: -3), [6, -2]))
    let all: [any Layer] = [
      SiLU(), GELU(), GELU(.tanh), Softplus(), ELU(), LeakyReLU(), PReLU(), Softmax(), LogSoftmax(),
    ]
    for layer in all { #expect(values(layer, at: nan)[0].isNaN, "\(type(of: layer))") }
  }

  @Test func `no shift of the logits matters, however large`() {
    let x = Tensor([0, 1, -2, 3] as [Float], shape: [1, 4])
    for shift in [1e4, -1e4] {
      #expect(Softmax()(x + shift) == Softmax()(x))
      #expect(LogSoftmax()(x + shift) == LogSoftmax()(x))
    }
    #expect(LogSoftmax()([[1e4, -1e4]]) == [[0, -2e4]])
    #expect(Softmax()([[3e38, 3e38]]) == [[0.5, 0.5]])
    #expect(Softmax()(Tensor([-Float.infinity, 0], shape: [1, 2])) == [[0, 1]])
  }

  /// Units in the last place of the wanted number between it and what was computed.
  private func ulps(_ y: Float, _ wanted: Double) -> Double {
    (Double(y) - wanted).magnitude / Double(max(Float(wanted.magnitude), .leastNormalMagnitude).ulp)
  }

  @Test func `float32 is within a few units of the last place, in the tails too`() {
    var generator = RandomGenerator(seed: 3, stream: 0)
    let x = Tensor(uniform: [200_003], in: -12.5..<12.5, using: &generator)
    let inputs = x.elements(as: Float.self)
    func worst(_ layer: some Layer, _ function: (Double) -> Double) -> Double {
      let outputs = layer(x).elements(as: Float.self)
      return zip(outputs, inputs).reduce(0) { max($0, ulps($1.0, function(Double($1.1)))) }
    }
    func gelu(_ x: Double) -> Double { x * erfc(-x * 0.5.squareRoot()) / 2 }
    func elu(_ x: Double) -> Double { x > 0 ? x : expm1(x) }
    func softplus(_ x: Double) -> Double { Double.maximum(x, 0) + log1p(Foundation.exp(-x.magnitude)) }
    #expect(worst(GELU(), gelu) < 6)
    #expect(worst(ELU(), elu) < 1)
    #expect(worst(Softplus(), softplus) < 2.5)
    let (y, slope, _) = Softplus().run(x, Tensor(ones: x.shape))
    #expect(relativeError(slope, sigmoid(x.converted(to: .float64))) < 1e-7)
    #expect(y.count == x.count)
  }

  @Test func `an element's bits do not depend on its place`() {
    let x = Tensor(normal: [67])
    let layers: [any Layer] = [SiLU(), GELU(), GELU(.tanh), Softplus(), ELU(), LeakyReLU(), PReLU()]
    for layer in layers {
      let whole = layer(x)
      for index in [0, 15, 16, 63, 66] {
        #expect(layer(x[index].reshaped(to: [1])).isIdentical(to: whole[index].reshaped(to: [1])))
      }
    }
  }

  @Test func `what is cached`() {
    for (layer, keepsInput) in [(SiLU(), true), (GELU(), true), (ELU(), false), (Softmax(), false)]
      as [(any Layer, Bool)]
    {
      let model = Sequential([Linear(4, 4), layer, Linear(4, 4)])
      // The two Linear layers keep their inputs, 3 · 4 numbers each.
      #expect(model.cachedBytes(for: [3, 4]) == (keepsInput ? 144 : 96))
    }
  }

  @Test func `a single slope learns from every element, and slopes from their channels`() {
    let x: Tensor = [[-1, 2], [-3, -4]]
    let single = PReLU()
    #expect(single.run(x, [[1, 1], [10, 100]]).gradients[single.weight] == [-431])
    let each = PReLU(channels: 2)
    #expect(each.run(x, [[1, 1], [10, 100]]).gradients[each.weight] == [-31, -400])
    let planes = x.reshaped(to: [1, 2, 2])
    #expect(each.run(planes, [[[1, 1], [10, 100]]]).gradients[each.weight] == [-1, -430])
  }
}
