import StrataTensor

/// Sequences of unequal lengths in one tensor, each filled up to the longest, with the length of each.
///
/// ```swift
/// let texts = PaddedSequences(padding: [Tensor([4, 17, 2] as [Int32]), Tensor([9] as [Int32])])
/// texts.values        // [[4, 17, 2], [9, 0, 0]]
/// texts.lengths       // [3, 1]
/// ```
///
/// They are what a ``PackedSequential`` takes, which never reads what lies beyond a sequence's end. Their rows are the
/// sequences, so that they can be a data set's inputs.
public struct PaddedSequences: TensorGroup {
  /// The steps: [B, T, …], or `int32` indices [B, T].
  public var values: Tensor

  /// The steps of each sequence, `int32` [B], each in 0...T.
  public var lengths: Tensor

  /// Sequences that are filled up already.
  ///
  /// - Parameters:
  ///   - values: The steps: [B, T, …], or `int32` indices [B, T]. Anything may lie beyond a sequence's end.
  ///   - lengths: The steps of each sequence, in 0...T.
  public init(_ values: Tensor, lengths: [Int]) {
    require(values.rank >= 2, "PaddedSequences: values have axes [B, T, …], and these have the shape \(values.shape)")
    SequenceLayout.requireLengths(lengths, batch: values.shape[0], time: values.shape[1])
    self.init(values: values, lengths: Tensor(lengths.map { Int32($0) }, shape: [lengths.count]))
  }

  /// Fills sequences up with zeros, to the length of the longest.
  ///
  /// - Parameter sequences: The steps of each, [Tᵢ, …], which may be none: [0, …].
  public init(padding sequences: [Tensor]) {
    guard let first = sequences.first else { stop("PaddedSequences: there is no sequence; give one at least") }
    for (index, sequence) in sequences.enumerated() {
      require(
        sequence.rank > 0 && first.rank > 0 && sequence.dtype == first.dtype
          && sequence.shape.rowShape == first.shape.rowShape,
        "PaddedSequences: sequence \(index) is \(sequence.dtype) of shape \(sequence.shape), number 0 \(first.dtype) of "
          + "\(first.shape); let them differ in the first axis alone")
    }
    let lengths = sequences.map { $0.shape[0] }
    let values = Tensor(
      zeros: Shape([sequences.count, lengths.max()!] + first.shape.lengths.dropFirst()), dtype: first.dtype)
    let rowBytes = values.shape.rowShape.count * values.dtype.byteCount
    for (index, sequence) in sequences.enumerated() {
      (values.storage.bytes + index * rowBytes).copyMemory(
        from: sequence.storage.bytes, byteCount: sequence.byteCount)
    }
    self.init(values, lengths: lengths)
  }

  init(values: Tensor, lengths: Tensor) { (self.values, self.lengths) = (values, lengths) }

  public var tensors: [Tensor] {
    get { [values, lengths] }
    set { (values, lengths) = (newValue[0], newValue[1]) }
  }

  public static var tensorCount: Int? { 2 }

  /// How the steps of these sequences lie as rows.
  package var layout: SequenceLayout {
    require(
      values.rank >= 2 && lengths.dtype == .int32 && lengths.shape == [values.shape[0]],
      "PaddedSequences: values of shape \(values.shape) and \(lengths.dtype) lengths of shape \(lengths.shape) do not fit; "
        + "give [B, T, …] and int32 [B]")
    return SequenceLayout(
      batch: values.shape[0], time: values.shape[1], lengths: lengths.elements(Int32.self).map { Int($0) })
  }
}
