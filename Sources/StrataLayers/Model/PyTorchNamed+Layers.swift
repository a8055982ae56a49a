// The layers that differ from PyTorch's.

extension Linear: PyTorchNamed {
  public var pytorchNames: [String: PyTorchName] { ["weight": .transposed("weight")] }
}

extension BatchNorm: PyTorchNamed {
  public var pytorchNames: [String: PyTorchName] {
    ["runningMean": "running_mean", "runningVariance": "running_var", "batchCount": "num_batches_tracked"]
  }

  public var pytorchOnly: Set<String> { batchCount == nil ? ["num_batches_tracked"] : [] }
}

extension GatedCell {
  /// The names of PyTorch's cells.
  public var pytorchNames: [String: PyTorchName] { gateNames }
}

/// The names of the tensors of PyTorch's cells.
private let gateNames: [String: PyTorchName] = [
  "inputWeight": .transposed("weight_ih"), "hiddenWeight": .transposed("weight_hh"), "inputBias": "bias_ih",
  "hiddenBias": "bias_hh",
]

extension ProjectedLSTMCell: PyTorchNamed {
  /// Those of `nn.LSTM` with `proj_size`.
  public var pytorchNames: [String: PyTorchName] {
    gateNames.merging(["projection": .transposed("weight_hr")]) { $1 }
  }
}

extension RNNCell: PyTorchNamed {}
extension LSTMCell: PyTorchNamed {}
extension GRUCell: PyTorchNamed {}

extension Recurrent: PyTorchNamed {
  /// Those of a layer of one level in one direction, whose cell has PyTorch's names.
  public var pytorchNames: [String: PyTorchName] { levelNames(of: "cell.", suffix: "_l0") }
}

extension Bidirectional: PyTorchNamed {
  /// Those of a layer of one level in two directions.
  public var pytorchNames: [String: PyTorchName] {
    levelNames(of: "reverse.", suffix: "_reverse", "_l0").merging(["ahead": ""]) { $1 }
  }
}

/// The names of a cell's tensors as `nn.RNN` and its kin have them.
private func levelNames(of owner: String, suffix: String, _ level: String = "") -> [String: PyTorchName] {
  let names = ["weight_ih", "weight_hh", "weight_hr", "bias_ih", "bias_hh"].map { $0 + level }
  return Dictionary(uniqueKeysWithValues: names.map { (owner + $0, PyTorchName($0 + suffix)) })
}

extension MultiHeadAttention: PyTorchNamed {
  /// Those of `nn.MultiheadAttention`, which has as many heads of keys as of queries.
  public var pytorchNames: [String: PyTorchName] {
    [
      "inputProjection.weight": "in_proj_weight", "inputProjection.bias": "in_proj_bias",
      "outputProjection": "out_proj",
    ]
  }
}

extension CrossAttention: PyTorchNamed {
  /// Those of `nn.MultiheadAttention`, whose memory has rows of the same length as the queries.
  public var pytorchNames: [String: PyTorchName] {
    [
      "queryProjection.weight": .part(0, of: "in_proj_weight"), "queryProjection.bias": .part(0, of: "in_proj_bias"),
      "memoryProjection.weight": .part(1, of: "in_proj_weight"), "memoryProjection.bias": .part(1, of: "in_proj_bias"),
      "outputProjection": "out_proj",
    ]
  }
}

extension TransformerEncoderLayer: PyTorchNamed {
  /// Those of `nn.TransformerEncoderLayer`.
  public var pytorchNames: [String: PyTorchName] {
    feedForwardNames(feedForward).merging(["attention": "self_attn"]) { $1 }
  }
}

extension TransformerDecoderLayer: PyTorchNamed {
  /// Those of `nn.TransformerDecoderLayer`.
  public var pytorchNames: [String: PyTorchName] {
    feedForwardNames(feedForward).merging(["attention": "self_attn", "memoryAttention": "multihead_attn"]) { $1 }
  }
}

extension TransformerDecoder: PyTorchNamed {
  /// Those of `nn.TransformerDecoder`.
  public var pytorchNames: [String: PyTorchName] {
    Dictionary(uniqueKeysWithValues: layers.indices.map { ("\($0)", PyTorchName("layers.\($0)")) })
  }
}

/// The names of the two linear maps of a feed-forward part.
private func feedForwardNames(_ part: Sequential) -> [String: PyTorchName] {
  let last = part.layers.lastIndex { $0 is Linear }!
  return ["feedForward.0": "linear1", "feedForward.\(last)": "linear2"]
}
