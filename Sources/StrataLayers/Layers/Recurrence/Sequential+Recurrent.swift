import StrataTensor

extension Sequential {
  /// Returns recurrent layers one on another, with dropout between them, as PyTorch's `num_layers` makes:
  ///
  /// ```swift
  /// Sequential.recurrent(28, 64, layers: 2, dropout: 0.2, returning: .lastStep) { LSTMCell($0, $1) }
  /// ```
  ///
  /// The first reads the input, each other one the outputs of that below it. Without dropout the layers are at the positions
  /// 0, 1 …, with it at 0, 2 …
  ///
  /// - Parameters:
  ///   - inputs: The features of x.
  ///   - hidden: The units of each layer and direction.
  ///   - layers: How many layers.
  ///   - dropout: The probability with which an output between two layers is dropped.
  ///   - isBidirectional: Whether each layer reads the sequences from both ends.
  ///   - result: What the last layer returns.
  ///   - cell: Creates a cell for a number of inputs and of units.
  public static func recurrent<Cell: RecurrentCell>(
    _ inputs: Int, _ hidden: Int, layers: Int, dropout: Double = 0, isBidirectional: Bool = false,
    returning result: Recurrent<Cell>.Result = .sequence, cell: (_ inputs: Int, _ hidden: Int) -> Cell
  ) -> Sequential {
    require(layers > 0, "Sequential.recurrent: \(layers) layers are not possible; give 1 or more")
    var stack: [any Layer] = []
    for level in 0..<layers {
      let size = level == 0 ? inputs : isBidirectional ? 2 * hidden : hidden
      let result = level == layers - 1 ? result : .sequence
      if level > 0, dropout > 0 { stack.append(Dropout(dropout)) }
      stack.append(
        isBidirectional
          ? Bidirectional(cell(size, hidden), cell(size, hidden), returning: result) as any Layer
          : Recurrent(cell(size, hidden), returning: result))
    }
    return Sequential(stack)
  }
}
