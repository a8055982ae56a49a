import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct MicroBatchTests {
  private static func model() -> Sequential {
    let model = withSeed(3) {
      Sequential {
        Linear(4, 6); Tanh(); Linear(6, 3)
      }
    }
    model.convert(to: .float64)
    return model
  }

  private static let x: Tensor = {
    var generator = RandomGenerator(seed: 4)
    return Tensor(normal: [11, 4], dtype: .float64, using: &generator)
  }()
  private static let labels = Tensor(labels: [0, 1, 2, 0, -1, -1, -1, 1, 2, -1, 0])
  private static let targets: Tensor = {
    var generator = RandomGenerator(seed: 5)
    return Tensor(uniform: [11, 3], in: 0..<1, dtype: .float64, using: &generator)
  }()

  private static let losses = losses(.mean) + losses(.sum)

  private static func losses(_ reduction: Reduction) -> [(loss: any Loss, target: Tensor)] {
    [
      (
        SoftmaxCrossEntropy(
          reduction: reduction, labelSmoothing: 0.1, ignoredIndex: -1, classWeights: [1, 0.5, 3]), labels
      ),
      (SoftmaxCrossEntropy(reduction: reduction, classWeights: [1, 0.5, 3]), targets),
      (KullbackLeiblerDivergence(reduction: reduction), targets),
      (BinaryCrossEntropyWithLogits(positiveWeight: 2, reduction: reduction), targets),
      (MeanSquaredError(reduction: reduction), targets), (MeanAbsoluteError(reduction: reduction), targets),
      (Huber(reduction: reduction), targets),
    ]
  }

  @Test(arguments: losses.indices, [1, 3, 4, 10])
  func `ragged micro-batches add up to the batch`(_ index: Int, _ size: Int) throws {
    let (loss, target) = Self.losses[index]
    let model = Self.model()
    let (value, gradients) = model.gradients(at: Self.x, of: { loss.evaluate($0, target) })
    let (sum, parts) = model.gradients(at: Self.x, target, of: loss, microBatchSize: size)
    #expect(abs(sum - value) <= 1e-12 * abs(value))
    #expect(parts.receivers.count == 4)
    for parameter in gradients.receivers {
      let (a, b) = (parts[parameter]!, gradients[parameter]!)
      #expect((a - b).sumOfSquares.squareRoot() <= 1e-12 * b.sumOfSquares.squareRoot(), "\(type(of: loss))")
    }
  }

  @Test func `a size that holds the batch changes no bit, and nothing to learn gives 0`() {
    let model = Self.model()
    let loss = SoftmaxCrossEntropy(ignoredIndex: -1)
    let (value, gradients) = model.gradients(at: Self.x) { loss.evaluate($0, Self.labels) }
    let (same, parts) = model.gradients(at: Self.x, Self.labels, of: loss, microBatchSize: 11)
    #expect(value == same)
    for parameter in gradients.receivers {
      #expect(parts[parameter]!.isIdentical(to: gradients[parameter]!))
    }
    let none = Tensor(labels: Array(repeating: -1, count: 11))
    let (zero, zeros) = model.gradients(at: Self.x, none, of: loss, microBatchSize: 3)
    #expect(zero == 0)
    #expect(zeros.receivers.allSatisfy { zeros[$0]!.sumOfSquares == 0 })
  }

  @Test func `a trainer's step in micro-batches is the step on the batch`() throws {
    let data = Dataset(inputs: Self.x, labels: Tensor(labels: (0..<11).map { $0 % 3 }))
    func train(_ size: Int?) throws -> (state: [String: Tensor], evaluation: Evaluation) {
      let model = Self.model()
      var trainer = Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), maximumGlobalNorm: 0.1,
        microBatchSize: size, progress: .silent)
      return (model.state, try trainer.step(on: data.batches(of: 11)[0]))
    }
    let (whole, parts) = (try train(nil), try train(4))
    #expect(parts.evaluation.accuracy != nil && parts.evaluation.accuracy == whole.evaluation.accuracy)
    #expect(abs(parts.evaluation.loss - whole.evaluation.loss) < 1e-12)
    for (path, tensor) in whole.state {
      #expect((tensor - parts.state[path]!).sumOfSquares.squareRoot() < 1e-12, "\(path)")
    }
  }
}

@Suite(.seeded) struct LogitWarningTests {
  private struct Softmax: ProbabilityOutput {
    func forward(_ x: Tensor) -> (Tensor, Identity.Cache) { Identity().forward(x) }
    func backward(_ dy: Tensor, _ cache: Identity.Cache, _ gradients: inout Gradients) -> Tensor { dy }
  }

  private static func warning(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }

  @Test func `a softmax before a loss that takes logits is warned of`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let model = Sequential {
        Linear(2, 2)
        Sequential {
          Linear(2, 2)
          Softmax()
        }
      }
      _ = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), progress: .silent)
    }
    let expected =
      "warning: the model ends in Softmax, which gives probabilities, but SoftmaxCrossEntropy takes logits "
      + "and does the same itself; remove that layer\n"
    #expect(Self.warning(result).contains(expected))
  }

  @Test func `a sigmoid before a squared error, or logits, are not`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let squashed = Sequential {
        Linear(2, 2); Sigmoid()
      }
      _ = Trainer(squashed, loss: MeanSquaredError(), optimizer: Adam(for: squashed))
      let plain = Sequential {
        Softmax(); Linear(2, 2)
      }
      _ = Trainer(plain, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: plain))
    }
    #expect(!Self.warning(result).contains("warning"))
  }
}
