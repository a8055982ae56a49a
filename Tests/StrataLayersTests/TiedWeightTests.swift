import Strata
import Testing

/// Layers that hold the same parameter.
@Suite(.seeded) struct TiedWeightTests {
  @Test func `a tied weight is one parameter whose gradients add up`() {
    let encoder = Linear(5, 2)
    let model = Sequential {
      encoder; Tanh(); TiedLinear(transposing: encoder.weight)
    }
    #expect(model.parameters.map(\.path) == ["0.weight", "0.bias", "2.bias"])
    let x = Tensor(normal: [4, 5])
    let untied = TiedLinear(transposing: Parameter(encoder.weight.value))
    let apart = Sequential {
      Linear(weight: Parameter(encoder.weight.value), bias: nil); Tanh(); untied
    }
    let (tied, separate) = (model.run(x, x), apart.run(x, x))
    #expect(relativeError(tied.y, separate.y) < 1e-6)
    let both = separate.gradients[apart.parameters[0].parameter]! + separate.gradients[untied.weight]!
    #expect(relativeError(tied.gradients[encoder.weight]!, both) < 1e-6)
  }
}
