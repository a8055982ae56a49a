import Strata
import StrataTensor
import Testing

/// Models as people build them: nothing may be said of any.
@Suite(.seeded) struct LintHealthyTests {
  /// A sound model with its data.
  struct Sound: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let report: @Sendable () throws -> LintReport

    init<Model: Module, Goal: Objective>(
      _ name: String, _ loss: Goal, _ data: Examples<Model.Input, Goal.Target>,
      _ model: @escaping @Sendable () -> Model
    ) where Goal.Output == Model.Output {
      testDescription = name
      report = { try lint(withSeed(5) { model() }, loss: loss, on: data) }
    }

    /// A classifier.
    init<Model: Module>(_ name: String, _ data: Examples<Model.Input, Tensor>, _ model: @escaping @Sendable () -> Model)
    where Model.Output == Tensor { self.init(name, SoftmaxCrossEntropy(), data, model) }
  }

  private static let rows = LintTests.classes
  private static let images = LintTests.pictures
  private static let numbers = LintTests.numbers
  private static let sequences = Dataset(
    inputs: withSeed(6) { Tensor(normal: [6, 5, 4]) }, labels: Tensor(labels: (0..<6).map { $0 % 3 }))
  private static let tokens = Dataset(
    inputs: Tensor((0..<24).map { Int32($0 * 7 % 9) }, shape: [4, 6]), labels: Tensor(labels: [0, 1, 2, 0]))
  private static let stepTokens = Dataset(
    inputs: tokens.inputs, labels: Tensor((0..<24).map { Int32($0 * 5 % 9) }, shape: [4, 6]))
  private static let padded = Examples(
    inputs: PaddedSequences(sequences.inputs, lengths: [5, 3, 1, 5, 2, 4]),
    labels: sequences.labels)
  private static let unit = Dataset(inputs: rows.inputs, labels: Sigmoid()(rows.inputs))

  private static func block(_ from: Int, _ to: Int) -> [any Layer] {
    [Conv2D(from, to, kernel: 3, padding: 1, bias: false), BatchNorm(to), ReLU()]
  }

  private static func recurrent<Cell: RecurrentCell>(_ cell: (Int, Int) -> Cell) -> Sequential {
    Sequential {
      Recurrent(cell(4, 8))
      Recurrent(cell(8, 8), returning: .lastStep)
      Linear(8, 3)
    }
  }

  static let models: [Sound] = [
    Sound("a linear classifier", rows) { Linear(6, 3) },
    Sound("a perceptron", rows) { LintTests.classifier([ReLU()]) },
    Sound("a deep perceptron", rows) {
      LintTests.classifier([ReLU()] + (0..<8).flatMap { _ in [Linear(8, 8), ReLU()] as [any Layer] })
    },
    Sound("tanh", rows) { LintTests.classifier([Tanh()]) },
    Sound("sigmoid", rows) { LintTests.classifier([Sigmoid()]) },
    Sound("GELU", rows) { LintTests.classifier([GELU()]) },
    Sound("SiLU", rows) { LintTests.classifier([SiLU()]) },
    Sound("ELU", rows) { LintTests.classifier([ELU()]) },
    Sound("leaky ReLU", rows) { LintTests.classifier([LeakyReLU()]) },
    Sound("PReLU", rows) { LintTests.classifier([PReLU()]) },
    Sound("softplus", rows) { LintTests.classifier([Softplus()]) },
    Sound("dropout after the activation", rows) { LintTests.classifier([ReLU(), Dropout(0.5)]) },
    Sound("dropout on the inputs", rows) {
      Sequential {
        Dropout(0.2); Linear(6, 8); ReLU(); Linear(8, 3)
      }
    },
    Sound("BatchNorm without a bias before it", rows) {
      Sequential {
        Linear(6, 8, bias: false); BatchNorm(8); ReLU(); Dropout(0.3); Linear(8, 3)
      }
    },
    Sound("BatchNorm after the activation", rows) { LintTests.classifier([ReLU(), BatchNorm(8)]) },
    Sound("BatchNorm of the inputs", rows) {
      Sequential {
        BatchNorm(6); Linear(6, 8); ReLU(); Linear(8, 3)
      }
    },
    Sound("LayerNorm with a bias before it", rows) { LintTests.classifier([LayerNorm(8), ReLU()]) },
    Sound("RMSNorm", rows) { LintTests.classifier([RMSNorm(8), SiLU()]) },
    Sound("dropout before LayerNorm", rows) { LintTests.classifier([ReLU(), Dropout(0.3), LayerNorm(8)]) },
    Sound("dropout of rate 0 before BatchNorm", rows) { LintTests.classifier([ReLU(), Dropout(0), BatchNorm(8)]) },
    Sound("dropout, a linear map, BatchNorm", rows) {
      LintTests.classifier([ReLU(), Dropout(0.3), Linear(8, 8, bias: false), BatchNorm(8), ReLU()])
    },
    Sound("a residual net after a linear stem", rows) {
      Sequential {
        Linear(6, 8)
        for _ in 0..<3 {
          Residual {
            Linear(8, 8); ReLU(); Linear(8, 8)
          }
        }
        Linear(8, 3)
      }
    },
    Sound("a residual net normalized at its input", rows) {
      Sequential {
        Linear(6, 8)
        for _ in 0..<3 {
          Residual {
            BatchNorm(8); ReLU(); Linear(8, 8, bias: false); BatchNorm(8); ReLU(); Linear(8, 8)
          }
        }
        BatchNorm(8)
        ReLU()
        Linear(8, 3)
      }
    },
    Sound("ReZero", rows) {
      Sequential {
        Linear(6, 8)
        Residual(scale: Parameter([1], initialValue: 0)) {
          Linear(8, 8); ReLU(); Linear(8, 8)
        }
        Linear(8, 3)
      }
    },
    Sound("LayerScale", rows) {
      Sequential {
        Linear(6, 8)
        Residual(scale: Parameter([8], initialValue: 1e-5)) {
          LayerNorm(8); Linear(8, 16); GELU(); Linear(16, 8)
        }
        Linear(8, 3)
      }
    },
    Sound("a last layer that starts at 0", rows) {
      Sequential {
        Linear(6, 8); ReLU(); Linear(8, 3, initializer: .constant(0))
      }
    },
    Sound("branches, joined", rows) {
      Sequential {
        Parallel(join: .concatenate) {
          Linear(6, 4)
          Sequential {
            Linear(6, 4); Tanh()
          }
        }
        ReLU()
        Linear(8, 3)
      }
    },
    Sound("branches, added", rows) {
      Sequential {
        Parallel(join: .sum) {
          Identity()
          Linear(6, 6)
        }
        ReLU()
        Linear(6, 3)
      }
    },
    Sound("a low-rank factorization", rows) {
      Sequential {
        Linear(6, 2, bias: false); Linear(2, 8); ReLU(); Linear(8, 3)
      }
    },
    Sound("a frozen base", rows) {
      Sequential {
        Frozen {
          Linear(6, 8); BatchNorm(8); ReLU()
        }
        Linear(8, 3)
      }
    },
    Sound("a frozen projection", rows) {
      Sequential {
        Frozen { Linear(6, 8) }
        Linear(8, 3)
      }
    },
    Sound("checkpointed", rows) { LintTests.classifier([ReLU(), Linear(8, 8), Tanh()]).checkpointed() },
    Sound("reversible", rows) {
      Sequential {
        Linear(6, 8)
        Reversible {
          Sequential {
            Linear(4, 4); Tanh()
          }
          Sequential {
            Linear(4, 4); Tanh()
          }
        }
        ReLU()
        Linear(8, 3)
      }
    },
    Sound("a chain of modules", rows) {
      LintTests.classifier([ReLU()]).then(Tanh().then(Linear(3, 3))).then(LayerNorm(3)).then(Linear(3, 3))
    },
    Sound("two logits of one unit each", BinaryCrossEntropyWithLogits(), LintTests.binary) {
      Sequential {
        Linear(6, 8); ReLU(); Linear(8, 1)
      }
    },
    Sound(
      "soft targets", SoftmaxCrossEntropy(labelSmoothing: 0.1),
      Dataset(inputs: rows.inputs, labels: Softmax()(rows.inputs))
    ) {
      Sequential {
        Linear(6, 8); ReLU(); Linear(8, 6)
      }
    },
    Sound("a regression", MeanSquaredError(), numbers) {
      Sequential {
        Linear(6, 8); ReLU(); Linear(8, 2)
      }
    },
    Sound("a regression to a sigmoid's range", MeanSquaredError(), unit) {
      Sequential {
        Linear(6, 8); ReLU(); Linear(8, 6); Sigmoid()
      }
    },
    Sound(
      "a regression to positive numbers by softplus", Huber(), Dataset(inputs: rows.inputs, labels: abs(rows.inputs))
    ) {
      Sequential {
        Linear(6, 8); Tanh(); Linear(8, 6); Softplus()
      }
    },
    Sound(
      "a linear autoencoder with a narrow code", MeanSquaredError(), Dataset(inputs: rows.inputs, labels: rows.inputs)
    ) {
      Sequential {
        Linear(6, 2); Linear(2, 6)
      }
    },
    Sound("an autoencoder with tied weights", MeanAbsoluteError(), Dataset(inputs: rows.inputs, labels: rows.inputs)) {
      let (outer, inner) = (Linear(6, 5), Linear(5, 2))
      return Sequential {
        outer
        ReLU()
        inner
        TiedLinear(transposing: inner.weight)
        ReLU()
        TiedLinear(transposing: outer.weight)
      }
    },
    Sound("LeNet", images) {
      Sequential {
        Conv2D(1, 6, kernel: 5, padding: 2)
        Tanh()
        AveragePool2D(kernel: 2)
        Conv2D(6, 16, kernel: 3)
        Tanh()
        AveragePool2D(kernel: 2)
        Flatten()
        Linear(16, 12)
        Tanh()
        Linear(12, 3)
      }
    },
    Sound("VGG", images) {
      Sequential {
        block(1, 4)
        block(4, 4)
        MaxPool2D(kernel: 2)
        block(4, 8)
        MaxPool2D(kernel: 2)
        Flatten()
        Linear(32, 16)
        ReLU()
        Dropout(0.5)
        Linear(16, 3)
      }
    },
    Sound("ResNet", images) {
      Sequential {
        block(1, 4)
        Residual {
          block(4, 4)
          Conv2D(4, 4, kernel: 3, padding: 1, bias: false)
          BatchNorm(4)
        }
        ReLU()
        Residual {
          block(4, 4)
          Conv2D(4, 4, kernel: 3, padding: 1, bias: false)
          BatchNorm(4)
        }
        ReLU()
        AveragePool2D(kernel: 8)
        Flatten()
        Linear(4, 3)
      }
    },
    Sound("a wide residual net, with dropout between its convolutions", images) {
      Sequential {
        Conv2D(1, 4, kernel: 3, padding: 1)
        Residual {
          BatchNorm(4)
          ReLU()
          Conv2D(4, 4, kernel: 3, padding: 1, bias: false)
          BatchNorm(4)
          ReLU()
          Dropout(0.3)
          Conv2D(4, 4, kernel: 3, padding: 1)
        }
        BatchNorm(4)
        ReLU()
        AveragePool2D(kernel: 8)
        Flatten()
        Linear(4, 3)
      }
    },
    Sound("a kernel in rows and columns", images) {
      Sequential {
        Conv2D(1, 4, kernel: [1, 3])
        Conv2D(4, 4, kernel: [3, 1])
        ReLU()
        Flatten()
        Linear(144, 3)
      }
    },
    Sound("patches of a picture", images) {
      Sequential {
        Conv2D(1, 8, kernel: 4, stride: 4, bias: false); BatchNorm(8); GELU(); Flatten(); Linear(32, 3)
      }
    },
    Sound("a plain recurrence", sequences) { recurrent { RNNCell($0, $1) } },
    Sound("an LSTM", sequences) { recurrent { LSTMCell($0, $1, forgetBias: 1) } },
    Sound("a GRU", sequences) { recurrent { GRUCell($0, $1) } },
    Sound("both directions, the mean over time", sequences) {
      Sequential {
        Bidirectional(GRUCell(4, 4), GRUCell(4, 4)); MeanOverTime(); Linear(8, 3)
      }
    },
    Sound("the largest over time", sequences) {
      Sequential {
        Linear(4, 8); ReLU(); MaxOverTime(); Linear(8, 3)
      }
    },
    Sound("packed sequences", padded) {
      PackedSequential {
        Recurrent(LSTMCell(4, 8)); LayerNorm(8); LastStep(); Linear(8, 3)
      }
    },
    Sound("a bag of words", tokens) {
      Sequential {
        Embedding(9, 4); MeanOverTime(); Linear(4, 8); ReLU(); Linear(8, 3)
      }
    },
    Sound("a transformer's encoder", tokens) {
      Sequential {
        Embedding(9, 8)
        LearnedPositions(6, 8)
        for _ in 0..<2 { TransformerEncoderLayer(8, heads: 2) }
        LayerNorm(8)
        MeanOverTime()
        Linear(8, 3)
      }
    },
    Sound("attention alone", sequences) {
      Sequential {
        MultiHeadAttention(4, heads: 2); MeanOverTime(); Linear(4, 3)
      }
    },
    Sound("a GPT", stepTokens) {
      Sequential {
        Embedding(9, 8)
        SinusoidalPositions(8)
        TransformerEncoderLayer(8, heads: 2, mask: .causal)
        LayerNorm(8)
        Linear(8, 9)
      }
    },
    Sound("a GPT that shares its table", stepTokens) {
      let table = Embedding(9, 8)
      return Sequential {
        table
        TransformerEncoderLayer(8, heads: 2, mask: .causal)
        LayerNorm(8)
        TiedLinear(transposing: table.weight)
      }
    },
    Sound("two towers", MeanSquaredError(), pairs) {
      Both(Sequential { Linear(4, 8) }, Sequential { Linear(4, 8) }).then(Score())
    },
  ]

  private static let pairs = Examples(
    inputs: withSeed(7) { Pair(Tensor(normal: [12, 4]), Tensor(normal: [12, 4])) },
    labels: withSeed(8) { Tensor(normal: [12, 1]) })

  @Test(arguments: models) func `a sound model raises no finding`(_ model: Sound) throws {
    let report = try model.report()
    #expect(report.findings.isEmpty, "\(report)")
    #expect("\(report)" == "nothing found in \(report.layerCount) layers" && report.layerCount > 0)
  }

  @Test func `there are more than fifty`() { #expect(Self.models.count > 50) }
}

/// Σ x ⊙ w along the features.
private struct Score: Module {
  func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Pair<Tensor, Tensor>) {
    ((x.first * x.second).sum(along: 1, keepingAxis: true), x)
  }

  func backward(_ dy: Tensor, _ x: Pair<Tensor, Tensor>, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> {
    Pair(dy * x.second, dy * x.first)
  }
}
