import LayerRegistry
import Strata
import Testing

/// A bound must hold for every gradient and be as tight as in theory.
@Suite(.seeded) struct BoundedGainTests {
  private func gain(of layer: some BoundedGain, at x: Tensor, _ dy: (Shape) -> Tensor) -> Double {
    let (y, cache) = layer.forward(x)
    let cotangent = dy(y.shape)
    var gradients = Gradients()
    return (layer.backward(cotangent, cache, &gradients).sumOfSquares / cotangent.sumOfSquares).squareRoot()
  }

  @Test(arguments: layerRegistry.filter { $0.make($0.shapes[3]) is any BoundedGain })
  func `no layer of the catalogue lengthens a gradient by more than its bound`(_ entry: LayerEntry) {
    for (trial, shape) in entry.shapes.enumerated() {
      withSeed(UInt64(trial)) {
        func expectBound(_ layer: some BoundedGain) {
          let x = entry.example(shape)
          let bound = layer.gainBound(at: x)
          #expect(gain(of: layer, at: x) { Tensor(normal: $0) } <= bound * (1 + 1e-5), "\(shape)")
        }
        if let layer = entry.make(shape) as? any BoundedGain { expectBound(layer) }
      }
    }
  }

  @Test func `activations reach their bound where their slope is largest`() {
    let places: [(any BoundedGain, Double)] = [
      (Sigmoid(), 0), (Tanh(), 0), (ReLU(), 1), (LeakyReLU(slope: 2), -1), (PReLU(slope: -3), -1),
      (ELU(alpha: 2), -1e-9),
      (Softplus(), 30), (SiLU(), 2.3994), (GELU(), 1.4142), (GELU(.tanh), 1.4142), (StraightThrough(.sign), 3),
      (Dropout(0), 1), (Identity(), 1), (StopGradient(), 1),
    ]
    for (layer, place) in places {
      func expectTight(_ layer: some BoundedGain) {
        let x = Tensor([place] as [Double])
        layer.convert(to: .float64)
        let (gain, bound) = (gain(of: layer, at: x) { Tensor(ones: $0, dtype: .float64) }, layer.gainBound(at: x))
        #expect(abs(gain - bound) <= 2e-4 * bound, "\(layer)")
      }
      expectTight(layer)
    }
  }

  @Test func `an orthogonal matrix and a scale of it have the bound of the scale`() {
    let layer = withSeed(1) { Linear(8, 8, initializer: .orthogonal(gain: 3)) }
    let x = withSeed(2) { Tensor(normal: [4, 8]) }
    #expect(abs(layer.gainBound(at: x) - 3) < 1e-5)
    #expect(abs(gain(of: layer, at: x) { Tensor(normal: $0) } - 3) < 1e-5)
  }

  @Test func `overlapping windows count as often as an element lies in them`() {
    // Nine ones, of norm 3; an element in nine windows receives the sum of their gradients: 9, except at the edges.
    let ones = Conv2D(weight: Parameter(Tensor(ones: [1, 1, 3, 3])), bias: nil, padding: 1)
    let plane = Tensor(zeros: [1, 1, 40, 40])
    #expect(abs(ones.gainBound(at: plane) - 9) < 1e-5)
    let measured = gain(of: ones, at: plane) { Tensor(ones: $0) }
    #expect(measured > 8.5 && measured < 9)
    // The one largest element wins nine windows: dx = 9 where dy has norm 3.
    let peak = Tensor((0..<25).map { $0 == 12 ? 1 : 0 as Float }, shape: [1, 1, 5, 5])
    let pool = MaxPool2D(kernel: 3, stride: 1)
    #expect(pool.gainBound(at: peak) == 3)
    #expect(gain(of: pool, at: peak) { Tensor(ones: $0) } == 3)
  }

  @Test func `a row by its deviation has the bound of the smallest deviation`() {
    // Deviations 1 and 2: dx = P dy / σ; a dy that P preserves (sum 0, orthogonal to x̂) is halved or unchanged.
    let x: Tensor = [[-1, -1, 1, 1], [-2, -2, 2, 2]]
    let layer = LayerNorm(4, epsilon: 0)
    #expect(abs(layer.gainBound(at: x) - 1) < 1e-6)
    #expect(abs(gain(of: layer, at: x) { _ in [[1, -1, 0, 0], [0, 0, 0, 0]] } - 1) < 1e-6)
    #expect(abs(gain(of: layer, at: x) { _ in [[0, 0, 0, 0], [1, -1, 0, 0]] } - 0.5) < 1e-6)
  }

  @Test func `a bidirectional recurrence has the matrices of both directions`() {
    let layer = Bidirectional(RNNCell(3, 4), RNNCell(3, 4))
    let matrices = [layer.ahead.cell, layer.reverse.cell].map { $0.hiddenWeight.value }
    #expect(layer.stateMatrices == matrices)
  }
}
