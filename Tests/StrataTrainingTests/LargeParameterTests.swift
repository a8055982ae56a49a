import Strata
import StrataTensor
import Testing

/// An optimizer divides a large parameter into blocks, each of which must use its own gradient and state.
@Suite(.seeded) struct LargeParameterTests {
  /// The same numbers as one parameter of several blocks, or as many of one.
  private struct Vectors: Layer {
    let parts: [Parameter]

    init(_ values: Tensor, parts count: Int) {
      let length = values.count / count
      parts = (0..<count).map { Parameter(values[$0 * length..<($0 + 1) * length]) }
    }

    func forward(_ x: Tensor) -> (Tensor, Identity.Cache) { Identity().forward(x) }
    func backward(_ dy: Tensor, _ cache: Identity.Cache, _ gradients: inout Gradients) -> Tensor { dy }

    var joined: Tensor { Tensor(concatenating: parts.map(\.value)) }
  }

  private static let optimizers: [@Sendable (Vectors) -> any Optimizer] = [
    { SGD(for: $0, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01) },
    { Adam(for: $0, learningRate: 0.1, amsgrad: true) },
    { AdamW(for: $0, learningRate: 0.1) },
    { RMSProp(for: $0, learningRate: 0.1, momentum: 0.9, centered: true) },
    { Adagrad(for: $0) }, { Adadelta(for: $0) }, { NAdam(for: $0) }, { RAdam(for: $0) }, { Lion(for: $0) },
    { Rprop(for: $0) },
  ]

  @Test(arguments: optimizers.indices, [DType.float64, .float32])
  func `a large parameter moves as its parts would`(_ index: Int, _ dtype: DType) throws {
    var generator = RandomGenerator(seed: 1)
    let count = 60_000
    let start = Tensor(normal: [count], dtype: dtype, using: &generator)
    let steps = (0..<3).map { _ in Tensor(normal: [count], dtype: dtype, using: &generator) }
    func trained(_ parts: Int) throws -> Tensor {
      let model = Vectors(start, parts: parts)
      var optimizer = Self.optimizers[index](model)
      for step in steps {
        var gradients = Gradients()
        let length = count / parts
        for (place, parameter) in model.parts.enumerated() {
          gradients.add(step[place * length..<(place + 1) * length], to: parameter)
        }
        try optimizer.update(along: gradients)
      }
      return model.joined
    }
    #expect(try trained(1).isIdentical(to: trained(60)))
  }
}
