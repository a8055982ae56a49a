import StrataTensor

/// Where a tensor of one step differs between two runs.
public struct RunDifference: Sendable, Equatable {
  /// The step, counted from 1. One after the last is what the last step has left.
  public let step: Int

  /// The tensor, as the first run has it, or the second, where the first has none.
  public let tensor: RunTensor

  /// The tensor as the second run has it; nil where only one of the runs has it.
  public let counterpart: RunTensor?

  /// The first entry that differs, by its index along each axis; nil where several differ and the values of this step were
  /// not kept, or the shapes do.
  public let entry: [Int]?

  /// What the entry is in either run, where that was kept.
  public let values: [Double]

  /// How many entries differ, where that is known.
  public let entryCount: Int?
}

extension RunDifference: CustomStringConvertible {
  /// One line: the tensor, the entry, the values.
  public var description: String {
    guard let counterpart else { return "\(tensor): only one of the runs has it" }
    guard counterpart == tensor else { return "\(tensor) in the first run, \(counterpart) in the second" }
    let shown = values.map { tensor.dtype == .float32 ? "\(Float($0))" : "\($0)" }.joined(separator: " and ")
    guard let entry, !tensor.isScalar else { return "\(tensor): " + (shown.isEmpty ? "more than one place" : shown) }
    let count =
      entryCount == 1
      ? "entry \(entry) alone" : "\(entryCount ?? 0) of \(tensor.shape.count) entries, the first \(entry)"
    return "\(tensor): \(count)" + (shown.isEmpty ? "" : ": \(shown)")
  }
}
