import StrataTensor

/// Layers one after the other over sequences of unequal lengths, each as if it were alone: y = fₙ(… f₂(f₁(x))).
///
/// ```swift
/// let model = PackedSequential {
///   Embedding(1000, 32)
///   Bidirectional(LSTMCell(32, 64), LSTMCell(32, 64))
///   LayerNorm(128)
///   MeanOverTime()
///   Linear(128, 2)
/// }
/// let logits = model(PaddedSequences(padding: texts))
/// ```
///
/// The layers see the steps of all sequences as the rows of one batch, [N, …], and what lies beyond a sequence's end is
/// not among them: it is neither read nor computed, and a ``BatchNorm`` averages over steps alone. What works on rows
/// needs to know nothing of sequences, your own layers included. Those that mix the steps of a sequence
/// (``Recurrent``, ``Bidirectional``, ``MeanOverTime``, ``MaxOverTime``, ``LastStep``) know which rows are whose, in
/// any container: see ``SequenceLayout/current``. One of a tensor of three axes takes these for [B, T, D] as
/// elsewhere, and so may work on the sequences in a step.
///
/// - Shapes: x is [B, T, …], or `int32` indices [B, T], with the B lengths. y is [B, …] where layers make one row of each
///   sequence, else [B, T, …], with zeros beyond a sequence's end.
///
/// # Backward
/// That of a ``Sequential`` on the rows. dx, and dy where it has the axis of time, are padded as x is: what dy holds
/// beyond an end is not read, and dx is 0 there. The cache is that of the layers.
///
/// What PyTorch does with `pack_padded_sequence` around a recurrence alone, and Keras with `Masking`.
public struct PackedSequential: Container, UnevenCache, CustomStringConvertible {
  private let body: Sequential

  /// The caches of the layers, and how the rows lie.
  public struct Cache: Sendable {
    // Taken out by backward, so that what a layer has used is freed.
    var body: Sequential.Cache?
    let layout: SequenceLayout
    let input: TensorKind
    let output: Form
  }

  /// What the layers make of the steps.
  enum Form {
    case steps, sequences
  }

  /// The layers listed in the braces; `if`, `for` and optionals work.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }

  /// The layers of an array.
  public init(_ layers: [any Layer]) { body = Sequential(layers) }

  /// The layers, the first to run first.
  public var layers: [any Layer] { body.layers }

  public var children: [any Module] { layers }

  public func forward(_ x: consuming PaddedSequences) -> (Tensor, Cache) {
    let (layout, input) = (x.layout, TensorKind(of: x.values))
    var rows: Tensor? = layout.pack(x.values)
    let (y, cache) = layout.running { body.forward(rows.take()!) }
    let output = form(of: y.shape, layout, input.shape)
    return (output == .steps ? layout.unpack(y) : y, Cache(body: cache, layout: layout, input: input, output: output))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> PaddedSequences {
    var dy: Tensor? = packed(dy, cache)
    let (layout, input) = (cache.layout, cache.input)
    let rows = layout.running { body.backward(dy.take()!, cache.body.take()!, &gradients) }
    return PaddedSequences(
      values: stopsGradient ? input.zeros : layout.unpack(rows), lengths: Tensor(zeros: [layout.batch], dtype: .int32))
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    var dy: Tensor? = packed(dy, cache)
    cache.layout.running { body.accumulate(dy.take()!, cache.body.take()!, &gradients) }
  }

  public func callAsFunction(_ x: consuming PaddedSequences) -> Tensor {
    let (layout, shape) = (x.layout, x.values.shape)
    var rows: Tensor? = layout.pack(x.values)
    let y = layout.running { body(rows.take()!) }
    return form(of: y.shape, layout, shape) == .steps ? layout.unpack(y) : y
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? {
    guard input.count == 2, input[0].rank >= 2, input[1] == [input[0][0]] else {
      throw ShapeError(
        "PackedSequential", expected: "[B, T, …] and the lengths [B]", input: input, remedy: "give it PaddedSequences")
    }
    let (form, row) = try output(for: input[0])
    return [Shape((form == .steps ? [input[0][0], input[0][1]] : [input[0][0]]) + row)]
  }

  public var stopsGradient: Bool { body.stopsGradient }

  public var description: String { "PackedSequential { \(listed(layers)) }" }

  /// Whether what the layers make of the steps, of this shape, is steps again.
  package func makesSteps(_ output: Shape, of x: PaddedSequences) -> Bool {
    form(of: output, x.layout, x.values.shape) == .steps
  }

  /// dL by the rows that the layers have made.
  private func packed(_ dy: consuming Tensor, _ cache: borrowing Cache) -> Tensor {
    guard cache.output == .steps else { return dy }
    let (shape, layout) = (dy.shape, cache.layout)
    require(
      shape.rank >= 2 && shape[0] == layout.batch && shape[1] == layout.time,
      "PackedSequential: dy has shape \(shape), and the output had [\(layout.batch), \(layout.time), …]")
    return layout.pack(dy)
  }

  /// What the layers make of values of this shape, and the shape of a row of it. It follows from shapes alone, as if all
  /// sequences had two steps at least, so that no batch has as many steps as sequences.
  private func output(for values: Shape) throws -> (form: Form, row: ArraySlice<Int>) {
    let layout = SequenceLayout(batch: max(1, values[0]), time: max(2, values[1]))
    let input = Shape([layout.rowCount] + values.lengths.dropFirst(2))
    do {
      let output = try layout.running { try body.outputShape(for: input) }
      return (output[0] == layout.rowCount ? .steps : .sequences, output.lengths.dropFirst())
    } catch let error as ShapeError {
      let mismatches = error.mismatches.map {
        ShapeError.Mismatch(path: $0.path, message: "\($0.message) (the rows are the steps of \(values))")
      }
      throw ShapeError(mismatches, assumedOutput: nil)
    }
  }

  /// What the layers have made of the steps.
  private func form(of output: Shape, _ layout: SequenceLayout, _ values: Shape) -> Form {
    let rows = output.rank > 0 ? output[0] : -1
    require(
      rows == layout.rowCount || rows == layout.batch,
      "PackedSequential: its layers made \(output) of the \(layout.rowCount) steps of \(layout.batch) sequences; let them "
        + "keep a row for each step, or make one of each sequence")
    if layout.rowCount != layout.batch { return rows == layout.batch ? .sequences : .steps }
    return (try? self.output(for: values).form) ?? .steps
  }
}
