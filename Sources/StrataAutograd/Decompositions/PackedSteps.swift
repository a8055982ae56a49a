import StrataLayers
import StrataTensor

// The steps of padded sequences as the rows that layers see in a PackedSequential.

extension PackedSequential: DecomposableModule {
  /// Returns what the layers make of the steps of all sequences, padded where it is steps again.
  public func decomposed(_ x: PaddedVariables) -> Variable {
    let layout = x.value.layout
    let y = layout.running { apply(layers, layout.pack(x.values)) }
    return makesSteps(y.shape, of: x.value) ? layout.unpack(y) : y
  }
}

extension SequenceLayout {
  /// Returns the rows of a [B, T, …].
  func pack(_ x: Variable) -> Variable {
    var indices = Array(repeating: Int32(0), count: rowCount)
    forEachStep { outside, row in indices[row] = Int32(outside) }
    return x.reshaped(to: Shape([batch * time] + x.shape.lengths.dropFirst(2)))
      .gathered(rows: Tensor(indices, shape: [rowCount]))
  }

  /// Returns [B, T, …] of rows, with 0 beyond a sequence's end.
  func unpack(_ rows: Variable) -> Variable {
    // The row behind the last one is of zeros.
    var indices = Array(repeating: Int32(rowCount), count: batch * time)
    forEachStep { outside, row in indices[outside] = Int32(row) }
    let row = rows.shape.lengths.dropFirst()
    let zeros = Variable(Tensor(zeros: Shape([1] + row), dtype: rows.dtype))
    return Variable(concatenating: [rows, zeros]).gathered(rows: Tensor(indices, shape: [batch, time]))
  }

  /// Gives `body` the places of each step in [B, T] and among the rows.
  private func forEachStep(_ body: (_ outside: Int, _ row: Int) -> Void) {
    for index in 0..<batch {
      for step in 0..<length(at: index) {
        body(sequence(at: index) * time + step, rows(ofStep: step).lowerBound + index)
      }
    }
  }
}

extension Variable {
  /// The layout of which this has the rows, where layers see the steps of padded sequences.
  var packedLayout: SequenceLayout? {
    guard shape.rank == 2, let layout = SequenceLayout.current, layout.rowCount == shape[0] else { return nil }
    return layout
  }

  /// Returns what a function makes of sequences [B, T, D]. Where layers see the steps of padded sequences, it is given each
  /// sequence alone, [1, T, D], and makes steps again or one row of it.
  func bySequence(_ function: (Variable) -> Variable) -> Variable {
    guard let layout = packedLayout else { return function(self) }
    let sequences = layout.unpack(self)
    guard layout.batch > 0, let lengths = layout.unequalLengths else {
      let y = function(sequences)
      return y.shape.rank == 3 ? layout.pack(y) : y
    }
    let parts = lengths.enumerated().map { index, length in
      function(sequences.sliced(index..<index + 1, along: 0).sliced(0..<length, along: 1))
    }
    guard parts[0].shape.rank == 3 else { return Variable(concatenating: parts) }
    let padded = zip(parts, lengths).map { $0.padded(after: layout.time - $1, along: 1) }
    return layout.pack(Variable(concatenating: padded))
  }
}
