import StrataTensor

/// y = x_T, the last step of each sequence.
///
/// ```swift
/// PackedSequential { Recurrent(LSTMCell(28, 64)); LayerNorm(64); LastStep(); Linear(64, 10) }
/// ```
///
/// - Shapes: x is [B, T, D], or the steps of the sequences of a ``PackedSequential``, each with its own T; y is [B, D],
///   and 0 for a sequence of no steps.
///
/// # Backward
/// dx_T = dy, and dx_t = 0 for the steps before. The cache is the sequences' layout: no memory.
///
/// `Recurrent(cell, returning: .lastStep)` makes the other steps not at all; the two agree where nothing is between.
public struct LastStep: Layer, CustomStringConvertible {
  /// How the steps lie in x, and the kind of y.
  public struct Cache: Sendable {
    let layout: SequenceLayout
    let output: TensorKind
  }

  /// A layer that takes the last step.
  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let layout = pooledLayout(x)
    let y = Tensor(zeros: [layout.batch, x.shape[-1]], dtype: x.dtype)
    layout.eachLastStep(x, y) { step, row, bytes in row.copyMemory(from: step, byteCount: bytes) }
    return (y, Cache(layout: layout, output: TensorKind(of: y)))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    dy.requireGradient(of: description, cache.output.shape, cache.output.dtype)
    let dx = Tensor(zeros: cache.layout.outsideShape([dy.shape[-1]]), dtype: dy.dtype)
    cache.layout.eachLastStep(dx, dy) { step, row, bytes in step.copyMemory(from: row, byteCount: bytes) }
    return dx
  }

  /// The last step; in ``Module/continued(_:_:)`` of a sequence that has none here that which it had before.
  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let (x, layout) = (copy x, pooledLayout(x))
    let carried = CarriedState.updating((last: Tensor, steps: PooledSteps)?.none) { seen in
      var (last, steps) = (forward(x).0, PooledSteps(layout))
      if let seen {
        for row in steps.counts.indices where steps.counts[row] == 0 && row < seen.last.shape[0] {
          last[row] = seen.last[row]
        }
        steps.follow(seen.steps, in: self)
      }
      seen = (last, steps)
      return last
    }
    return carried ?? forward(x).0
  }

  public func outputShape(for input: Shape) throws -> Shape { try pooledShape(input) }

  public var description: String { "LastStep()" }
}

extension SequenceLayout {
  /// Gives `body` where the last step of each sequence is in x, where its row is in y, and the bytes of both.
  fileprivate func eachLastStep(
    _ x: borrowing Tensor, _ y: borrowing Tensor,
    _ body: (_ step: UnsafeMutableRawPointer, _ row: UnsafeMutableRawPointer, _ bytes: Int) -> Void
  ) {
    let bytes = y.shape[-1] * y.dtype.byteCount
    for index in 0..<batch where length(at: index) > 0 {
      let place = place(ofStep: length(at: index) - 1, at: index)
      body(x.storage.bytes + place * bytes, y.storage.bytes + sequence(at: index) * bytes, bytes)
    }
  }
}
