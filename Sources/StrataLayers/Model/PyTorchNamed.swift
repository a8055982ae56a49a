/// A module or a cell whose tensors have other names or layouts in PyTorch than here.
///
/// What has the same names and layouts in both, as most modules have, needs nothing. A module made of layers that differ
/// says how PyTorch names its properties:
///
/// ```swift
/// extension Attention: PyTorchNamed {
///   var pytorchNames: [String: PyTorchName] {
///     [
///       "query.weight": .part(0, of: "in_proj_weight"), "key.weight": .part(1, of: "in_proj_weight"),
///       "value.weight": .part(2, of: "in_proj_weight"), "output": "out_proj",
///     ]
///   }
/// }
/// ```
public protocol PyTorchNamed: Sendable {
  /// PyTorch's names, by the beginnings of the names that tensors in the module would have otherwise: those of its
  /// properties, below which the modules in them give their own PyTorch's names. The longest beginning counts.
  var pytorchNames: [String: PyTorchName] { get }

  /// PyTorch's names of what has no counterpart here: it is not read. By default none.
  var pytorchOnly: Set<String> { get }
}

extension PyTorchNamed {
  public var pytorchOnly: Set<String> { [] }
}

// The layers of Strata that differ from PyTorch's.

extension Linear: PyTorchNamed {
  public var pytorchNames: [String: PyTorchName] { ["weight": .transposed("weight")] }
}

extension BatchNorm: PyTorchNamed {
  public var pytorchNames: [String: PyTorchName] {
    ["runningMean": "running_mean", "runningVariance": "running_var"]
  }

  public var pytorchOnly: Set<String> { ["num_batches_tracked"] }
}

extension GatedCell {
  /// The names of PyTorch's cells.
  public var pytorchNames: [String: PyTorchName] {
    [
      "inputWeight": .transposed("weight_ih"), "hiddenWeight": .transposed("weight_hh"), "inputBias": "bias_ih",
      "hiddenBias": "bias_hh",
    ]
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
  let names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map { $0 + level }
  return Dictionary(uniqueKeysWithValues: names.map { (owner + $0, PyTorchName($0 + suffix)) })
}
