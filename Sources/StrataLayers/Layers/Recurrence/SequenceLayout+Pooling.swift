import StrataTensor

// One row of each sequence, made of all its steps. Tensors have the form that they have outside of the layout.

extension SequenceLayout {
  /// Σ over the steps of each sequence, one row a sequence in the order of the batch; 0 where there is no step.
  func sumOverTime(_ x: Tensor) -> Tensor {
    // In either direction the sum is the same; from first to last the rows of a run follow each other.
    x.dtype.withKernels(for: "a sum over time") { reversed(false).sumOverTime(x, $0) }
  }

  private func sumOverTime<T: KernelScalar>(_ x: Tensor, _ type: T.Type) -> Tensor {
    let width = x.shape[-1]
    let y = Tensor(zeros: [batch, width], dtype: x.dtype)
    let (source, target) = (x.pointer(type), y.mutablePointer(type))
    let runs = runs
    eachSequence(width) { index, sequence, length in
      for run in runs where run.lowerBound < length {
        let stride = (isPacked ? counts[run.lowerBound] : 1) * width
        T.sumColumns(
          run.count, width, stride, source + place(ofStep: run.lowerBound, at: index) * width, 1,
          target + sequence * width)
      }
    }
    return y
  }

  /// Runs of steps that have the same sequences: the rows of one sequence in a run lie at equal distances.
  private var runs: [Range<Int>] {
    var (runs, first) = ([Range<Int>](), 0)
    for step in 0..<steps where step + 1 == steps || counts[step + 1] != counts[step] {
      runs.append(first..<step + 1)
      first = step + 1
    }
    return runs
  }

  /// Calls `body` with each sequence: its place in the layout's order, its number in the batch, and its steps. Workers
  /// share them; `width` is the elements of a step.
  func eachSequence(_ width: Int, _ body: (_ index: Int, _ sequence: Int, _ length: Int) -> Void) {
    parallel(over: batch, grain: max(1, elementGrain / (max(1, steps) * width + 1))) { range in
      for index in range { body(index, sequence(at: index), length(at: index)) }
    }
  }
}

extension Layer {
  /// The shape of one row a sequence, [B, D], of sequences [B, T, D] or of their steps in a ``PackedSequential``.
  func pooledShape(_ input: Shape) throws -> Shape {
    guard let layout = SequenceLayout(of: input) else {
      throw ShapeError(
        "\(self)", expected: SequenceLayout.expectedInput("D"), input: input,
        remedy: "give it a batch of sequences, and put it before what sees one row a sequence")
    }
    return [layout.batch, input[-1]]
  }

  /// The layout of sequences that a pooling layer is given.
  func pooledLayout(_ x: borrowing Tensor) -> SequenceLayout {
    let layout = SequenceLayout(of: x.shape)
    if layout == nil { requireInput(x.shape) }
    return layout!
  }
}
