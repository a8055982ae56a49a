import Strata
import StrataTensor
import Testing

/// Sound models of every kind of layer on data that they can learn: neither `lint` nor `diagnose` may say anything.
@Suite(.seeded) struct SoundModelTests {
  /// A model with its data, and what looks at it.
  struct Sound: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let lint: @Sendable () throws -> LintReport
    let diagnose: @Sendable () throws -> Diagnosis

    init<Model: Module, Goal: Objective>(
      _ name: String, _ loss: Goal, _ data: Examples<Model.Input, Goal.Target>, rate: Double = 2e-3,
      _ model: @escaping @Sendable () -> Model
    ) where Goal.Output == Model.Output {
      testDescription = name
      lint = { try Strata.lint(withSeed(5) { model() }, loss: loss, on: data) }
      diagnose = {
        let model = withSeed(5) { model() }
        let (train, validation) = data.split(at: data.count * 3 / 4)
        return try Strata.diagnose(
          model, loss: loss, optimizer: Adam(for: model, learningRate: rate), on: train, validation: validation,
          batchSize: 16, steps: 16)
      }
    }

    /// A classifier.
    init<Model: Module>(
      _ name: String, _ data: Examples<Model.Input, Tensor>, rate: Double = 2e-3,
      _ model: @escaping @Sendable () -> Model
    ) where Model.Output == Tensor { self.init(name, SoftmaxCrossEntropy(), data, rate: rate, model) }
  }

  /// 4 classes of 8 features.
  private static let rows = DiagnoseTests.clouds(192, seed: 31)

  /// Noise in which each of 3 classes leaves its mark, with the mark's shape.
  private static func marked(_ shape: Shape, _ mark: Shape, seed: UInt64) -> Dataset {
    withSeed(seed) {
      let labels = (0..<shape[0]).map { $0 * 7 % 3 }
      let marks = Tensor(normal: Shape([3] + mark.lengths))
      return Dataset(inputs: Tensor(normal: shape) + marks.gathered(rows: labels), labels: Tensor(labels: labels))
    }
  }

  private static let images = marked([96, 1, 8, 8], [1, 8, 8], seed: 32)
  private static let sequences = marked([96, 6, 8], [1, 8], seed: 33)
  /// As convolutions take them: channels before steps.
  private static let signals = marked([96, 4, 12], [4, 12], seed: 34)
  /// Words of which most belong to a class.
  private static let words: Dataset = withSeed(35) {
    let labels = (0..<96).map { $0 * 7 % 3 }
    let noise = Tensor(uniform: [96, 6]).elements(as: Float.self)
    let words = noise.indices.map { Int32(noise[$0] < 0.3 ? Int(noise[$0] * 40) : labels[$0 / 6] * 4 + $0 % 4) }
    return Dataset(inputs: Tensor(words, shape: [96, 6]), labels: Tensor(labels: labels))
  }
  private static let pictures = Dataset(inputs: images.inputs, labels: images.inputs)
  private static let numbers = Dataset(
    inputs: rows.inputs, labels: matmul(rows.inputs, withSeed(36) { Tensor(normal: [8, 2], standardDeviation: 0.4) }))
  private static let pairs = Examples(
    inputs: Pair(rows.inputs, rows.inputs.reshaped(to: [192, 2, 4]).sum(along: 1)), labels: rows.labels)

  private static func classifier(_ layers: [any Layer], width: Int = 16) -> Sequential {
    Sequential([Linear(8, 32)] + layers + [Linear(width, 4)])
  }

  private static func block(_ from: Int, _ to: Int, _ norm: any Layer, stride: Size2D = 1) -> [any Layer] {
    [Conv2D(from, to, kernel: 3, stride: stride, padding: 1, bias: false), norm, ReLU()]
  }

  static let models: [Sound] = activations + perceptrons + regressions + convolutions + recurrences + attentions

  private static let activations: [Sound] = [
    Sound("Hardswish", rows) { classifier([Hardswish()], width: 32) },
    Sound("Mish", rows) { classifier([Mish()], width: 32) },
    Sound("CELU", rows) { classifier([CELU()], width: 32) },
    Sound("Softsign", rows) { classifier([Softsign()], width: 32) },
    Sound("ReLU6", rows) { classifier([ReLU6()], width: 32) },
    Sound("SELU with its dropout", rows) {
      Sequential {
        Linear(8, 32, initializer: .lecunNormal)
        SELU()
        AlphaDropout(0.1)
        Linear(32, 32, initializer: .lecunNormal)
        SELU()
        Linear(32, 4, initializer: .lecunNormal)
      }
    },
    Sound("GLU", rows) { classifier([GLU()]) },
    Sound("GEGLU", rows) { classifier([GEGLU()]) },
    Sound("ReGLU", rows) { classifier([ReGLU()]) },
    Sound("SwiGLU", rows) { classifier([SwiGLU()]) },
    Sound("Maxout", rows) { classifier([Maxout(pieces: 2)]) },
  ]

  private static let perceptrons: [Sound] = [
    Sound("six layers with LayerNorm", rows) {
      classifier((0..<5).flatMap { _ in [LayerNorm(32), GELU(), Linear(32, 32)] as [any Layer] } + [GELU()], width: 32)
    },
    Sound("six layers with RMSNorm", rows) {
      classifier((0..<5).flatMap { _ in [RMSNorm(32), SiLU(), Linear(32, 32)] as [any Layer] } + [SiLU()], width: 32)
    },
    Sound("wide", rows) {
      Sequential {
        Linear(8, 256); ReLU(); Linear(256, 4)
      }
    },
    Sound("residual bottlenecks", rows) {
      Sequential {
        Linear(8, 32)
        for _ in 0..<3 {
          Residual {
            LayerNorm(32); Linear(32, 8); ReLU(); Linear(8, 32)
          }
        }
        LayerNorm(32)
        Linear(32, 4)
      }
    },
    Sound("gated residuals", rows) {
      Sequential {
        Linear(8, 16)
        for _ in 0..<2 {
          Residual {
            RMSNorm(16); Linear(16, 64); SwiGLU(); Linear(32, 16)
          }
        }
        RMSNorm(16)
        Linear(16, 4)
      }
    },
    Sound("densely connected", rows) {
      Sequential {
        for width in [8, 24] {
          Parallel(join: .concatenate) {
            Identity()
            Sequential {
              Linear(width, 16); ReLU()
            }
          }
        }
        Linear(40, 4)
      }
    },
    Sound("an ensemble in branches", rows) {
      Parallel(join: .sum) {
        Sequential {
          Linear(8, 16); ReLU(); Linear(16, 4)
        }
        Sequential {
          Linear(8, 16); Tanh(); Linear(16, 4)
        }
      }
    },
    Sound("two inputs, bilinear", pairs, rate: 5e-3) {
      Both(
        Sequential {
          Linear(8, 12); Tanh()
        },
        Sequential {
          Linear(4, 12); Tanh()
        }
      ).then(Bilinear(12, 12, 4))
    },
    Sound("with the focal loss", Focal(), rows) { classifier([ReLU()], width: 32) },
    Sound("with a margin", MultiMargin(), rows) { classifier([ReLU()], width: 32) },
    Sound("log-probabilities with their loss", NegativeLogLikelihood(), rows) {
      classifier([ReLU()], width: 32).then(LogSoftmax())
    },
  ]

  private static let regressions: [Sound] = [
    Sound("by smooth L1", SmoothL1(), numbers) {
      Sequential {
        Linear(8, 32); ReLU(); Linear(32, 2)
      }
    },
    Sound("by log cosh", LogCosh(), numbers) {
      Sequential {
        Linear(8, 32); Tanh(); Linear(32, 2)
      }
    },
    Sound("of a quantile", QuantileLoss(0.9), numbers) {
      Sequential {
        Linear(8, 32); ReLU(); Linear(32, 2)
      }
    },
    Sound("with its variance", GaussianNLL(), numbers) {
      Sequential {
        Linear(8, 32); ReLU(); Linear(32, 4)
      }
    },
    Sound(
      "of counts", PoissonNLL(),
      Dataset(inputs: rows.inputs, labels: abs(numbers.labels).converted(to: .int32).converted(to: .float32))
    ) {
      Sequential {
        Linear(8, 32); ReLU(); Linear(32, 2)
      }
    },
    Sound("an autoencoder", MeanSquaredError(), Dataset(inputs: rows.inputs, labels: rows.inputs)) {
      Sequential {
        Linear(8, 32); ReLU(); Linear(32, 4); Linear(4, 32); ReLU(); Linear(32, 8)
      }
    },
    Sound("an autoencoder by transposed convolutions", MeanSquaredError(), pictures) {
      Sequential {
        Conv2D(1, 8, kernel: 3, stride: 2, padding: 1)
        ReLU()
        Conv2D(8, 8, kernel: 3, stride: 2, padding: 1)
        ReLU()
        ConvTranspose2D(8, 8, kernel: 4, stride: 2, padding: 1)
        ReLU()
        ConvTranspose2D(8, 1, kernel: 4, stride: 2, padding: 1)
      }
    },
    Sound("an autoencoder by upsampling", MeanSquaredError(), pictures) {
      Sequential {
        Conv2D(1, 8, kernel: 3, padding: 1)
        ReLU()
        AveragePool2D(kernel: 2)
        Conv2D(8, 8, kernel: 3, padding: 1)
        ReLU()
        Upsample(scale: 2, mode: .bilinear())
        Conv2D(8, 1, kernel: 3, padding: 1)
      }
    },
    Sound("subpixel convolution", MeanSquaredError(), pictures) {
      Sequential {
        Conv2D(1, 16, kernel: 3, stride: 2, padding: 1)
        ReLU()
        Conv2D(16, 4, kernel: 3, padding: 1)
        PixelShuffle(2)
      }
    },
  ]

  private static let convolutions: [Sound] = [
    Sound("GroupNorm", images) {
      Sequential {
        block(1, 8, GroupNorm(groups: 2, 8))
        block(8, 16, GroupNorm(groups: 4, 16), stride: 2)
        GlobalAveragePool()
        Linear(16, 3)
      }
    },
    Sound("InstanceNorm", images) {
      Sequential {
        block(1, 8, InstanceNorm(8, affine: true))
        MaxPool2D(kernel: 2)
        Flatten()
        Linear(128, 3)
      }
    },
    Sound("strides in the place of pools", images) {
      Sequential {
        block(1, 8, BatchNorm(8), stride: 2)
        block(8, 16, BatchNorm(16), stride: 2)
        Flatten()
        Linear(64, 3)
      }
    },
    Sound("dropped channels", images) {
      Sequential {
        Conv2D(1, 8, kernel: 3, padding: 1)
        ReLU()
        Dropout2D(0.2)
        Conv2D(8, 8, kernel: 3, padding: 1)
        ReLU()
        AdaptiveMaxPool2D(2)
        Flatten()
        Linear(32, 3)
      }
    },
    Sound("separable convolutions", images) {
      Sequential {
        block(1, 8, BatchNorm(8))
        Conv2D(8, 8, kernel: 3, padding: 1, groups: 8, bias: false)
        BatchNorm(8)
        ReLU()
        Conv2D(8, 16, kernel: 1, bias: false)
        BatchNorm(16)
        ReLU()
        AveragePool2D(kernel: 4)
        Flatten()
        Linear(64, 3)
      }
    },
    Sound("dilated convolutions with reflected edges", images) {
      Sequential {
        Pad2D(2, mode: .reflect)
        Conv2D(1, 8, kernel: 3, dilation: 2)
        ELU()
        Conv2D(8, 8, kernel: 3, padding: 1, paddingMode: .circular)
        ELU()
        GlobalMaxPool()
        Linear(8, 3)
      }
    },
    Sound("residuals with a projection", images) {
      Sequential {
        block(1, 8, BatchNorm(8))
        Parallel(join: .sum) {
          Conv2D(8, 16, kernel: 1, stride: 2, bias: false)
          Sequential {
            block(8, 16, BatchNorm(16), stride: 2)
            Conv2D(16, 16, kernel: 3, padding: 1, bias: false)
            BatchNorm(16)
          }
        }
        ReLU()
        GlobalAveragePool()
        Linear(16, 3)
      }
    },
    Sound("convolutions of sequences", signals) {
      Sequential {
        Conv1D(4, 8, kernel: 3, padding: 1)
        ReLU()
        Dropout1D(0.1)
        MaxPool1D(kernel: 2)
        Conv1D(8, 8, kernel: 3, padding: 1)
        ReLU()
        GlobalAveragePool()
        Linear(8, 3)
      }
    },
    Sound("a causal net with dilations", signals) {
      Sequential {
        Conv1D(4, 8, kernel: 2, padding: Padding1D(left: 1, right: 0))
        ReLU()
        for dilation in [2, 4] {
          Residual {
            Conv1D(8, 8, kernel: 2, padding: Padding1D(left: dilation, right: 0), dilation: dilation)
            ReLU()
          }
        }
        Flatten()
        Linear(96, 3)
      }
    },
  ]

  private static let recurrences: [Sound] = [
    Sound("an LSTM with LayerNorm", sequences) {
      Sequential {
        Recurrent(LSTMCell(8, 16, forgetBias: 1)); LayerNorm(16); LastStep(); Linear(16, 3)
      }
    },
    Sound("GRUs with dropout between them", sequences) {
      Sequential {
        Recurrent(GRUCell(8, 16)); Dropout(0.2); Recurrent(GRUCell(16, 16), returning: .lastStep); Linear(16, 3)
      }
    },
    Sound("both directions of an LSTM", sequences) {
      Sequential {
        Bidirectional(LSTMCell(8, 8), LSTMCell(8, 8)); MaxOverTime(); Linear(16, 3)
      }
    },
    Sound("words by a GRU", words, rate: 5e-3) {
      Sequential {
        Embedding(12, 8); Recurrent(GRUCell(8, 16), returning: .lastStep); Linear(16, 3)
      }
    },
    Sound("a bag of words", words, rate: 5e-3) {
      Sequential {
        EmbeddingBag(12, 8); Linear(8, 16); ReLU(); Linear(16, 3)
      }
    },
  ]

  private static let attentions: [Sound] = [
    Sound("attention in a residual", sequences) {
      Sequential {
        Residual {
          LayerNorm(8); MultiHeadAttention(8, heads: 2)
        }
        MeanOverTime()
        Linear(8, 3)
      }
    },
    Sound("rotary positions, grouped heads and SwiGLU", sequences) {
      Sequential {
        Linear(8, 16)
        TransformerEncoderLayer(
          16, heads: 4, keyValueHeads: 2, feedForward: .swiGLU, norm: .rms, bias: false, positions: .rotary())
        RMSNorm(16)
        MeanOverTime()
        Linear(16, 3)
      }
    },
    Sound("linear biases, causal, with dropout", sequences) {
      Sequential {
        Linear(8, 16)
        TransformerEncoderLayer(16, heads: 2, mask: .causal, positions: .alibi, dropout: 0.1)
        LayerNorm(16)
        LastStep()
        Linear(16, 3)
      }
    },
    Sound("sines for positions", sequences) {
      Sequential {
        Linear(8, 16)
        SinusoidalPositions(16)
        for _ in 0..<2 { TransformerEncoderLayer(16, heads: 2) }
        LayerNorm(16)
        MeanOverTime()
        Linear(16, 3)
      }
    },
    Sound("words by attention", words, rate: 5e-3) {
      Sequential {
        Embedding(12, 16)
        LearnedPositions(6, 16)
        TransformerEncoderLayer(16, heads: 2, feedForward: .relu)
        LayerNorm(16)
        MeanOverTime()
        Linear(16, 3)
      }
    },
    Sound("attention after a recurrence", sequences) {
      Sequential {
        Recurrent(GRUCell(8, 16)); MultiHeadAttention(16, heads: 2); MeanOverTime(); Linear(16, 3)
      }
    },
  ]

  @Test(arguments: models) func `lint finds nothing`(_ model: Sound) throws {
    let report = try model.lint()
    #expect(report.findings.isEmpty && report.layerCount > 0, "\(report)")
  }

  @Test(arguments: models) func `diagnose finds nothing`(_ model: Sound) throws {
    let report = try model.diagnose()
    #expect(report.findings.isEmpty, "\(report)")
  }

  @Test func `with those of the other suites there are a hundred, and forty mistakes`() {
    #expect(Self.models.count >= 45 && LintHealthyTests.models.count + Self.models.count >= 100)
    #expect(LintTests.plants.count >= 40)
  }
}
