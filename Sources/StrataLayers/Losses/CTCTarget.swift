import StrataTensor

/// The labels of sequences and both kinds of lengths: what ``CTC`` takes as its target.
public struct CTCTarget: TensorGroup {
  /// The classes of each sequence, `int32` [B, S]; behind its length any.
  public var labels: Tensor
  /// The number of labels of each sequence, `int32` [B].
  public var labelLengths: Tensor
  /// The number of steps of each sequence of logits, `int32` [B].
  public var inputLengths: Tensor

  /// A target of these tensors.
  public init(labels: Tensor, labelLengths: Tensor, inputLengths: Tensor) {
    (self.labels, self.labelLengths, self.inputLengths) = (labels, labelLengths, inputLengths)
  }

  /// A target of labels that are padded to one length, and the steps of each sequence.
  public init(_ labels: [[Int]], inputLengths: [Int]) {
    let longest = max(1, labels.map(\.count).max() ?? 0)
    let padded = labels.flatMap { $0 + Array(repeating: 0, count: longest - $0.count) }
    self.init(
      labels: Tensor(padded.map { Int32($0) }, shape: [labels.count, longest]),
      labelLengths: Tensor(labels: labels.map(\.count)), inputLengths: Tensor(labels: inputLengths))
  }

  public var tensors: [Tensor] {
    get { [labels, labelLengths, inputLengths] }
    set { (labels, labelLengths, inputLengths) = (newValue[0], newValue[1], newValue[2]) }
  }

  public static var tensorCount: Int? { 3 }
}
