import Strata

/// A model of Tests/References/pytorch_models.py.
package struct PyTorchModel: Sendable, CustomStringConvertible {
  /// Its name there.
  package let name: String

  /// PyTorch's names where they differ.
  package let renaming: [String: PyTorchName]

  /// Makes the model with fresh weights.
  package let make: @Sendable () -> any Layer

  package var description: String { name }

  private init(_ name: String, _ renaming: [String: PyTorchName] = [:], _ make: @escaping @Sendable () -> any Layer) {
    (self.name, self.renaming, self.make) = (name, renaming, make)
  }

  package static let all = [
    PyTorchModel("mlp") {
      Sequential {
        Linear(6, 8); ReLU(); Linear(8, 3)
      }
    },
    PyTorchModel("batchnorm") {
      Sequential {
        Linear(6, 8); BatchNorm(8); ReLU(); Linear(8, 3)
      }
    },
    PyTorchModel("layernorm") {
      Sequential {
        Linear(6, 8); LayerNorm(8); GELU(); Linear(8, 4); LayerNorm(4)
      }
    },
    PyTorchModel("rmsnorm") {
      Sequential {
        Linear(6, 8); RMSNorm(8); SiLU(); Linear(8, 3, bias: false)
      }
    },
    PyTorchModel("lenet") {
      Sequential {
        Conv2D(1, 3, kernel: 5, padding: 2); Tanh(); AveragePool2D(kernel: 2)
        Conv2D(3, 4, kernel: 3); ReLU(); MaxPool2D(kernel: 2)
        Flatten(); Linear(16, 8); Tanh(); Linear(8, 3)
      }
    },
    PyTorchModel("conv_batchnorm") {
      Sequential {
        Conv2D(2, 4, kernel: 3, padding: 1, bias: false); BatchNorm(4); PReLU(channels: 4)
        Conv2D(4, 3, kernel: [2, 3], stride: 2); BatchNorm(3); ReLU(); Flatten(); Linear(27, 3)
      }
    },
    PyTorchModel("embedding", ["0": "embedding", "2": "head"]) {
      Sequential {
        Embedding(11, 6); MeanOverTime(); Linear(6, 3)
      }
    },
    PyTorchModel("lstm", ["0": "rnn", "1": .layer(1, of: "rnn"), "2": "head"]) {
      Sequential {
        Recurrent(LSTMCell(4, 5)); Recurrent(LSTMCell(5, 5), returning: .lastStep); Linear(5, 3)
      }
    },
    PyTorchModel("gru", ["0": "rnn", "1": "head"]) {
      Sequential {
        Recurrent(GRUCell(4, 5), returning: .lastStep); Linear(5, 3)
      }
    },
    PyTorchModel("rnn", ["0": "rnn", "1": "head"]) {
      Sequential {
        Recurrent(RNNCell(4, 5), returning: .lastStep); Linear(5, 3)
      }
    },
    PyTorchModel("bidirectional", ["0": "lstm", "1": .layer(1, of: "lstm"), "3": "head"]) {
      Sequential {
        Bidirectional(LSTMCell(4, 5), LSTMCell(4, 5)); Bidirectional(LSTMCell(10, 5), LSTMCell(10, 5))
        MeanOverTime(); Linear(10, 3)
      }
    },
    PyTorchModel("residual") { ResidualNet() },
    PyTorchModel("autoencoder", ["0": "encoder", "2.bias": "decoder_bias"]) {
      let encoder = Linear(8, 3)
      return Sequential {
        encoder; Tanh(); TiedLinear(transposing: encoder.weight)
      }
    },
    PyTorchModel("tied_embedding", ["0": "embedding", "1": "hidden", "3": "decoder"]) {
      let embedding = Embedding(9, 5)
      return Sequential {
        embedding; Linear(5, 5); Tanh(); TiedLinear(transposing: embedding.weight)
      }
    },
    PyTorchModel(
      "gpt", ["0": "embedding", "1": "positions", "2": "layers.0", "3": "layers.1", "4": "norm", "5": "head"]
    ) {
      Sequential {
        Embedding(9, 8)
        LearnedPositions(6, 8)
        for _ in 0..<2 { TransformerEncoderLayer(8, heads: 2, hidden: 16, mask: .causal) }
        LayerNorm(8)
        Linear(8, 9, bias: false)
      }
    },
    PyTorchModel("vision") {
      Sequential {
        Conv2D(4, 8, kernel: 3, padding: .same, dilation: 2, groups: 2, paddingMode: .circular)
        GroupNorm(groups: 2, 8); ReLU(); MaxPool2D(kernel: 2, ceilMode: true)
        ConvTranspose2D(8, 4, kernel: 2, stride: 2, groups: 2); InstanceNorm(4, affine: true)
        Upsample(scale: 2, mode: .bilinear()); Conv2D(4, 4, kernel: 3, groups: 4, bias: false)
        AdaptiveAveragePool2D(2); Flatten(); Linear(16, 3)
      }
    },
    PyTorchModel("temporal") {
      Sequential {
        Conv1D(3, 6, kernel: 3, padding: 2, dilation: 2); GroupNorm(groups: 3, 6); ReLU()
        ConvTranspose1D(6, 4, kernel: 3, stride: 2, outputPadding: 1); MaxPool1D(kernel: 2)
        AdaptiveAveragePool1D(1); Flatten(); Linear(4, 3)
      }
    },
  ]
}
