import Strata
import StrataTensor
import Testing

/// Weight and spectral normalization, and functions of a parameter in general.
@Suite(.seeded) struct ParametrizedTests {
  @Test func `the worked numbers of the derivations`() {
    // ‖v‖ = 5 in the first column: w = 10 v / 5, dg = 3/5, dv = 10/5 (dw − v · 3/25).
    let norm = WeightNorm(of: [[3, 1], [4, 0]], axis: 1)
    norm.scale.value = [[10, 1]]
    let (w, dv, gradients) = norm.run([[3, 1], [4, 0]], [[1, 0], [0, 0]])
    #expect(w == [[6, 1], [8, 0]])
    #expect(relativeError(gradients[norm.scale]!, [[0.6, 0]]) < 1e-6)
    #expect(relativeError(dv, [[1.28, 0], [-0.96, 0]]) < 1e-6)

    // σ = 4 with both vectors (1, 0): dv = dw / 4 − (Σ dw ⊙ v) / 16 on the first element.
    let spectral = SpectralNorm(of: [[4, 0], [0, 1]], axis: 0, iterations: 30)
    let (y, dx, found) = spectral.run([[4, 0], [0, 1]], [[1, 2], [3, 4]])
    #expect(y == [[1, 0], [0, 0.25]])
    #expect(relativeError(dx, [[-0.25, 0.5], [0.75, 1]]) < 1e-6)
    #expect(found.observations.count == 2)
  }

  @Test func `a fresh module is what it was, and its norms are parameters`() {
    let layer = withSeed(1) { Linear(3, 4) }
    let normalized = layer.weightNormalized()
    let x = Tensor(normal: [5, 3])
    #expect(relativeError(normalized(x), layer(x)) < 1e-6)
    #expect(normalized.parameters.map(\.path) == ["weight", "bias", "parametrizations.weight.scale"])
    #expect(normalized.parameters[2].parameter.shape == [1, 4])
    #expect(Conv2D(3, 5, kernel: 2).weightNormalized().function.scale.shape == [5, 1, 1, 1])
    let spectral = ConvTranspose2D(3, 5, kernel: 2).spectrallyNormalized()
    #expect(spectral.function.left.shape == [5] && spectral.function.right.shape == [12])
    let largest = layer.spectrallyNormalized(iterations: 50).function(layer.weight.value).singularValues[0]
    #expect(abs(largest - 1) < 0.1)
  }

  /// v to (v + vᵀ) / 2.
  private struct Symmetric: Layer {
    func forward(_ x: Tensor) -> (Tensor, Int) { (0.5 * (x + x.transposed.tensor), 0) }
    func backward(_ dy: Tensor, _ cache: Int, _ gradients: inout Gradients) -> Tensor {
      0.5 * (dy + dy.transposed.tensor)
    }
  }

  @Test func `a function of your own stands in a parameter's place, in snapshots and where the parameter is tied too`()
  {
    let layer = Linear(4, 4).parametrized(by: Symmetric())
    let symmetric = layer(Tensor(eye: 4, 4)) - layer.base.bias!.value
    #expect(relativeError(symmetric, symmetric.transposed.tensor) < 1e-7)
    let (before, snapshot) = (layer(Tensor(ones: [1, 4])), layer.snapshot())
    layer.base.weight.value *= 3
    #expect(snapshot.run { layer(Tensor(ones: [1, 4])) } == before)
    // The tied use sees v, and both gradients add.
    let tied = Sequential {
      layer; TiedLinear(transposing: layer.base.weight, bias: false)
    }
    let (_, gradients) = tied.gradients(at: Tensor(ones: [1, 4])) { (0, Tensor(ones: $0.shape)) }
    #expect(gradients.receivers.count == 2)
    #expect(tied.pytorchState.keys.sorted() == ["0.bias", "0.parametrizations.weight.original"])
  }

  /// Ten steps of a network that PyTorch normalizes, from PyTorch's weights to PyTorch's weights.
  @Test func `training follows PyTorch by its names`() throws {
    struct Net: Layer, PyTorchNamed {
      let recurrent = Recurrent(LSTMCell(3, 5), returning: .lastStep).weightNormalized("cell.hiddenWeight")
      let hidden = Linear(5, 4).spectrallyNormalized()
      let output = Linear(4, 2).weightNormalized()
      var body: Sequential { Sequential([recurrent, hidden, Tanh(), output]) }
      var pytorchNames: [String: PyTorchName] { [:] }
      func forward(_ x: Tensor) -> (Tensor, Sequential.Cache) { body.forward(x) }
      func backward(_ dy: Tensor, _ cache: Sequential.Cache, _ gradients: inout Gradients) -> Tensor {
        body.backward(dy, cache, &gradients)
      }
      func callAsFunction(_ x: Tensor) -> Tensor { body(x) }
    }
    let reference = try Reference("parametrized_steps")
    let model = Net()
    model.convert(to: .float64)
    try model.load(pytorch: reference.group("begin"))
    var optimizer = SGD(for: model, learningRate: 0.05)
    for _ in 0..<10 {
      let (_, gradients) = model.gradients(at: reference["x"]) { (0, $0 * 0.25) }
      try optimizer.update(along: gradients)
    }
    let end = reference.group("end")
    let state = model.pytorchState
    #expect(state.keys.sorted() == end.keys.sorted())
    for (name, tensor) in end { #expect(relativeError(state[name]!, tensor) < 1e-10, "\(name)") }
    #expect(relativeError(model(reference["x"]), reference["y"]) < 1e-10)
  }
}
