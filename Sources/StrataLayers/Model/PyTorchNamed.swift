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
