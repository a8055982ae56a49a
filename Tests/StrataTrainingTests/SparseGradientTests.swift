import Strata
import StrataTensor
import Testing

/// Steps along gradients of the rows that a batch has looked up.
@Suite(.seeded) struct SparseGradientTests {
  private static let reference = Result { try OptimizerReference(file: "sparse") }

  private enum Kind: String, CaseIterable {
    case sparseAdam = "sparse_adam"
    case sparseAdamFast = "sparse_adam_fast"
    case adagrad
    case adagradDecay = "adagrad_decay"
    case sgd
    case sgdMaximize = "sgd_maximize"

    func optimizer(_ model: Embedding) -> any Optimizer {
      switch self {
      case .sparseAdam: SparseAdam(for: model)
      case .sparseAdamFast:
        SparseAdam(for: model, learningRate: 0.05, betas: (0.8, 0.9), epsilon: 1e-3, maximize: true)
      case .adagrad: Adagrad(for: model)
      case .adagradDecay: Adagrad(for: model, learningRate: 0.1, rateDecay: 0.1, epsilon: 1e-6, initialSum: 0.5)
      case .sgd: SGD(for: model, learningRate: 0.01)
      case .sgdMaximize: SGD(for: model, learningRate: 0.01, maximize: true)
      }
    }
  }

  @Test(arguments: Kind.allCases)
  private func `a hundred steps are PyTorch's, and rows that are not used do not move`(_ kind: Kind) throws {
    let reference = try Self.reference.get()
    for (dtype, tolerance) in [(DType.float64, 1e-10), (.float32, 2e-4)] {
      let layer = Embedding(30, 3, isSparse: true)
      layer.convert(to: dtype)
      layer.weight.value = reference["initial"].converted(to: dtype)
      var optimizer = kind.optimizer(layer)
      var storages: Set<ObjectIdentifier> = []
      for step in 0..<100 {
        let (_, cache) = layer.forward(reference["indices"][step])
        var gradients = Gradients()
        layer.accumulate(reference["cotangents"][step].converted(to: dtype), cache, &gradients)
        #expect(gradients.rows(of: layer.weight)!.indices.count <= 6)
        let before = layer.weight.value.copied()
        try optimizer.update(along: gradients)
        storages.insert(ObjectIdentifier(layer.weight.value.storage))
        for row in 25..<30 { #expect(layer.weight.value[row].isIdentical(to: before[row])) }
        if step % 10 == 9 {
          let expected = reference[kind.rawValue][step / 10]
          #expect(abs(layer.weight.value.converted(to: .float64) - expected).max().item < tolerance)
        }
      }
      // All steps have worked in the table's memory: nothing as large as it was copied.
      #expect(storages.count == 1)
    }
  }

  /// A step of a model with a sparse table and one with a table in full, from the same start.
  private func models(_ optimizer: (Sequential) -> any Optimizer, steps: Int) throws -> [[String: Tensor]] {
    try [true, false].map { isSparse in
      let model = withSeed(2) {
        Sequential {
          EmbeddingBag(40, 4, isSparse: isSparse); Linear(4, 3)
        }
      }
      var optimizer = optimizer(model)
      for step in 0..<steps {
        let x = Tensor((0..<12).map { Int32($0 * (step + 3) % 40) }, shape: [3, 4])
        var gradients = Gradients()
        for rows in [0..<2, 2..<3] {
          _ = model.accumulateGradients(at: x[rows], into: &gradients) {
            SoftmaxCrossEntropy(reduction: .sum).evaluate($0, Tensor(labels: Array([0, 2, 1][rows])))
          }
        }
        try gradients.clip(globalNorm: 0.5)
        try gradients.clip(value: 0.2)
        try gradients.clip(norm: 0.3, order: 3)
        try optimizer.update(along: gradients)
      }
      return model.state
    }
  }

  @Test func `where no other row would move, the numbers are those of the gradient in full; elsewhere it is made`()
    throws
  {
    let optimizers: [(Sequential) -> any Optimizer] = [
      { SGD(for: $0, learningRate: 0.1) }, { SGD(for: $0, learningRate: 0.1, momentum: 0.9) },
      { SGD(for: $0, learningRate: 0.1, weightDecay: 0.1) },
      { SGD(for: $0, learningRate: 0.1, groups: [ParameterGroup("0.*", weightDecay: 0.1, momentum: 0.9)]) },
      { Adagrad(for: $0) }, { Adagrad(for: $0, weightDecay: 0.1) }, { Adam(for: $0) }, { Lion(for: $0) },
      { SAM(SGD(for: $0, learningRate: 0.1)) },
    ]
    for optimizer in optimizers {
      let states = try models(optimizer, steps: 4)
      for (path, tensor) in states[0] { #expect(relativeError(tensor, states[1][path]!) < 1e-5, "\(path)") }
    }
    // All rows or some: the first step of SparseAdam is that of all.
    let states = try models({ SparseAdam(for: $0) }, steps: 1)
    for (path, tensor) in states[0] { #expect(relativeError(tensor, states[1][path]!) < 1e-6, "\(path)") }
  }

  @Test func `an element that is not finite is named where it is in the table`() throws {
    let layer = Embedding(9, 2, isSparse: true)
    var gradients = Gradients()
    gradients.addRows(of: [[1, 1], [1, .nan]], at: Tensor([2, 7] as [Int32]), to: layer.weight, isSparse: true)
    var optimizer = SGD(for: layer, learningRate: 1)
    let before = layer.weight.value
    let error = #expect(throws: NonFiniteGradientError.self) { try optimizer.update(along: gradients) }
    #expect(error?.element == 15 && layer.weight.value.isIdentical(to: before))
    #expect(throws: NonFiniteGradientError.self) { try gradients.globalNorm() }
  }

  @Test func `the memory plan counts the rows that a batch looks up, and no more than the table`() throws {
    let model = Sequential {
      EmbeddingBag(10_000, 8, isSparse: true); Linear(8, 2, bias: false)
    }
    let optimizer = SparseAdam(for: model)
    func bytes(_ shape: Shape) throws -> Int { try model.memoryPlan(input: shape, optimizer: optimizer).gradientBytes }
    #expect(try bytes([50, 4]) == 200 * 36 + 64)
    #expect(try bytes([500, 40]) == 320_000 + 64)
    // A table that two branches look up has a gradient of the rows of both.
    let twice = withSeed(1) {
      let bag = EmbeddingBag(10_000, 8, isSparse: true)
      return Parallel(join: .sum) {
        bag; bag
      }
    }
    let plan = try twice.memoryPlan(input: [50, 4], optimizer: SparseAdam(for: twice))
    #expect(plan.gradientBytes == 2 * 200 * 36)
  }
}

/// ‖a − b‖ / ‖b‖.
private func relativeError(_ a: Tensor, _ b: Tensor) -> Double {
  ((a - b).sumOfSquares / b.sumOfSquares).squareRoot()
}
