import Strata
import StrataTensor

/// A model of some kind with data and a goal, trained and asked from a fresh start each time.
struct WholeModel: Sendable, CustomStringConvertible {
  let description: String

  /// Trains a new model for three steps, the last on a smaller batch, and returns all that the run left: parameters,
  /// statistics, streams, the optimizer's state and the last loss.
  let train: @Sendable (DType) throws -> [String: Tensor]

  /// Returns a new model's outputs for 300 rows, a batch of this size after the other.
  let predict: @Sendable (DType, _ batchSize: Int) throws -> [Tensor]

  init<M: Module, Goal: Objective, Rule: Optimizer>(
    _ name: String, _ loss: Goal, _ optimizer: @escaping @Sendable (M) -> Rule, microBatchSize: Int? = nil,
    inputs: @escaping @Sendable (_ rows: Int) -> M.Input, labels: @escaping @Sendable (_ rows: Int) -> Goal.Target,
    make: @escaping @Sendable () -> M
  ) where M.Output == Goal.Output {
    @Sendable func start(_ dtype: DType, rows: Int) -> (model: M, inputs: M.Input, labels: Goal.Target) {
      withSeed(5) {
        func converted(_ x: Tensor) -> Tensor { x.dtype == .int32 ? x : x.converted(to: dtype) }
        let model = make()
        model.convert(to: dtype)
        return (model, inputs(rows).mapped(converted), labels(rows).mapped(converted))
      }
    }
    description = name
    train = { dtype in
      let (model, inputs, labels) = start(dtype, rows: 100)
      var trainer = Trainer(
        model, loss: loss, optimizer: optimizer(model), microBatchSize: microBatchSize, seed: 3, progress: .silent)
      try trainer.fit(Examples(inputs: inputs, labels: labels), epochs: 1, batchSize: 40)
      return model.state.merging(trainer.optimizer.state.map { ("optimizer." + $0, $1) }) { $1 }
        .merging(["loss": Tensor([trainer.lastStep!.loss])]) { $1 }
    }
    predict = { dtype, batchSize in
      let (model, inputs, _) = start(dtype, rows: 300)
      return try model.predict(inputs, batchSize: batchSize).tensors
    }
  }
}

@Sendable private func classes(_ rows: Int) -> Tensor { Tensor(labels: (0..<rows).map { $0 * 7 % 10 }) }

private func normal(_ row: Shape) -> @Sendable (Int) -> Tensor {
  { rows in Tensor(normal: Shape([rows] + row.lengths)) }
}

private func fractions(_ width: Int) -> @Sendable (Int) -> Tensor {
  { rows in Tensor(uniform: [rows, width], in: 0..<1) }
}

@Sendable private func adam(_ model: Sequential) -> Adam { Adam(for: model) }

/// Eighteen models of as many kinds, whose products are large enough for several blocks, and for a BLAS of several
/// threads to use them.
let wholeModels: [WholeModel] = [
  WholeModel(
    "regression", MeanSquaredError(), { SGD(for: $0, learningRate: 0.01) }, inputs: normal([1_000]), labels: normal([1])
  ) { Sequential { Linear(1_000, 1) } },
  WholeModel("perceptron", SoftmaxCrossEntropy(), adam, inputs: normal([130]), labels: classes) {
    Sequential {
      Linear(130, 140); ReLU(); Linear(140, 150); Sigmoid(); Linear(150, 10)
    }
  },
  WholeModel(
    "batch statistics and dropout", SoftmaxCrossEntropy(labelSmoothing: 0.1),
    { SGD(for: $0, learningRate: 0.1, momentum: 0.9, nesterov: true) }, inputs: normal([130]), labels: classes
  ) {
    Sequential {
      Linear(130, 140); BatchNorm(140); ReLU(); Dropout(0.3); Linear(140, 10)
    }
  },
  WholeModel(
    "residual blocks of layer norms", SoftmaxCrossEntropy(), { AdamW(for: $0, weightDecay: 0.1) },
    inputs: normal([128]), labels: classes
  ) {
    Sequential {
      for _ in 0..<2 {
        Residual {
          LayerNorm(128); Linear(128, 140); GELU(); Linear(140, 128)
        }
      }
      Linear(128, 10)
    }
  },
  WholeModel(
    "root mean squares, scaled residuals", Huber(), { RMSProp(for: $0, momentum: 0.5, centered: true) },
    inputs: normal([128]), labels: normal([128])
  ) {
    Sequential {
      Residual(scale: Parameter([1], initialValue: 0.5)) {
        RMSNorm(128); Linear(128, 128); SiLU()
      }
      Linear(128, 128); LeakyReLU()
    }
  },
  WholeModel("convolutions and maxima", SoftmaxCrossEntropy(), adam, inputs: normal([2, 14, 14]), labels: classes) {
    Sequential {
      Conv2D(2, 5, kernel: 3, padding: 1); ReLU(); MaxPool2D(kernel: 2)
      Conv2D(5, 7, kernel: 3, stride: 2); BatchNorm(7); Tanh(); Flatten(); Linear(63, 10)
    }
  },
  WholeModel("convolutions and means", SoftmaxCrossEntropy(), adam, inputs: normal([3, 10, 11]), labels: classes) {
    Sequential {
      Conv2D(3, 6, kernel: [3, 2], bias: false); PReLU(channels: 6); AveragePool2D(kernel: 2)
      Conv2D(6, 4, kernel: 2); Softplus(); Flatten(); Linear(48, 10)
    }
  },
  WholeModel("long short-term memory", SoftmaxCrossEntropy(), adam, inputs: normal([5, 40]), labels: classes) {
    Sequential {
      Recurrent(LSTMCell(40, 70), returning: .lastStep); Linear(70, 10)
    }
  },
  WholeModel("gated units both ways", SoftmaxCrossEntropy(), adam, inputs: normal([5, 40]), labels: classes) {
    Sequential {
      Bidirectional(GRUCell(40, 70), GRUCell(40, 60)); MeanOverTime(); Linear(130, 10)
    }
  },
  WholeModel(
    "truncated recurrence", MeanAbsoluteError(), { SGD(for: $0, learningRate: 0.01) }, inputs: normal([6, 40]),
    labels: normal([6, 5])
  ) {
    Sequential {
      Recurrent(RNNCell(40, 80), truncation: 3); Recurrent(RNNCell(80, 70, activation: .relu)); LayerNorm(70)
      Linear(70, 5)
    }
  },
  WholeModel(
    "packed sequences of symbols", SoftmaxCrossEntropy(), { Adam(for: $0) },
    inputs: { rows in
      PaddedSequences(
        Tensor((0..<rows * 7).map { Int32($0 * 11 % 30) }, shape: [rows, 7]), lengths: (0..<rows).map { $0 * 5 % 8 })
    }, labels: classes
  ) {
    PackedSequential {
      Embedding(30, 50); Recurrent(GRUCell(50, 70)); MaxOverTime(); Linear(70, 10)
    }
  },
  WholeModel(
    "autoencoder of tied weights", BinaryCrossEntropyWithLogits(), adam, inputs: fractions(200), labels: fractions(200)
  ) {
    let encoder = Linear(200, 100)
    return Sequential {
      encoder; ELU(); TiedLinear(transposing: encoder.weight)
    }
  },
  WholeModel(
    "product of matrices", MeanSquaredError(), { SGD(for: $0, learningRate: 0.01) }, inputs: normal([130]),
    labels: normal([120])
  ) { Sequential { MatrixProduct(dimensions: [120, 128, 128, 130]) } },
  WholeModel("checkpoints", SoftmaxCrossEntropy(), adam, inputs: normal([128]), labels: classes) {
    Sequential {
      Checkpoint {
        Linear(128, 128); Dropout(0.2); BatchNorm(128); GELU(.tanh)
      }
      Linear(128, 10)
    }
  },
  WholeModel(
    "reversible, in micro-batches", SoftmaxCrossEntropy(), adam, microBatchSize: 24, inputs: normal([256]),
    labels: classes
  ) {
    Sequential {
      Reversible {
        for _ in 0..<3 {
          Sequential {
            ReLU(); Linear(128, 128)
          }
        }
      }
      Linear(256, 10)
    }
  },
  WholeModel(
    "two towers", MeanSquaredError(), { Adam(for: $0) },
    inputs: { rows in
      Pair(Tensor(labels: (0..<rows).map { $0 * 7 % 60 }), Tensor(labels: (0..<rows).map { $0 * 11 % 40 }))
    }, labels: { Tensor(normal: [$0]) }
  ) { TwoTowers(users: 60, items: 40, features: 128) },
  WholeModel("variational bottleneck", MeanSquaredError(), adam, inputs: normal([128]), labels: normal([128])) {
    Sequential {
      Linear(128, 80); Reparameterize(); Linear(40, 128)
    }
  },
  WholeModel(
    "branches of a soft classifier", KullbackLeiblerDivergence(), adam, inputs: normal([128]),
    labels: { Softmax()(Tensor(normal: [$0, 128])) }
  ) {
    Sequential {
      Parallel(join: .concatenate) {
        Linear(128, 70);
        Sequential {
          Linear(128, 80); LogSoftmax()
        }
      }
      Frozen(passesGradient: true) { Linear(150, 128) }
      StraightThrough(.sign); Linear(128, 128)
    }
  },
]
