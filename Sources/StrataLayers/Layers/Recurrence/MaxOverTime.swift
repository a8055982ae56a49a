import StrataTensor

/// y = max(x₁, …, x_T), the largest of each feature over the T steps of its sequence.
///
/// - Shapes: x is [B, T, D], or the steps of the sequences of a ``PackedSequential``, each with its own T; y is [B, D],
///   and 0 for a sequence of no steps.
///
/// # Backward
/// y is the x_t of one step, the first of equal ones, whose dx is dy; that of all others is 0. A NaN counts as largest.
/// The cache is where the largest are, one `int32` an element of y.
///
/// Keras calls it `GlobalMaxPooling1D`; Collobert and others, "Natural Language Processing (Almost) from Scratch", 2011.
public struct MaxOverTime: Layer, CustomStringConvertible {
  /// Which row of x each element of y is of, and how the steps lie there.
  public struct Cache: Sendable {
    let winners: Tensor
    let layout: SequenceLayout
    let dtype: DType
  }

  /// A layer that takes the largest over time.
  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let (x, layout) = (copy x, pooledLayout(x))
    let y = Tensor(zeros: [layout.batch, x.shape[-1]], dtype: x.dtype)
    let winners = Tensor(uninitialized: y.shape, dtype: .int32)
    x.dtype.withLoops(for: description) { layout.findLargest(x, y, winners, $0) }
    return (y, Cache(winners: winners, layout: layout, dtype: y.dtype))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    dy.requireGradient(of: description, cache.winners.shape, cache.dtype)
    let dx = Tensor(zeros: cache.layout.outsideShape([dy.shape[-1]]), dtype: dy.dtype)
    cache.layout.giveBack(copy dy, to: cache.winners, dx)
    return dx
  }

  /// The largest; in ``Module/continued(_:_:)`` that of all steps so far.
  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let (x, layout) = (copy x, pooledLayout(x))
    let carried = CarriedState.updating((largest: Tensor, steps: PooledSteps)?.none) { seen in
      var (largest, steps) = (forward(x).0, PooledSteps(layout))
      if let seen {
        let now = steps.counts
        steps.follow(seen.steps, in: self)
        largest = seen.largest.largest(seen.steps.counts, or: largest, now)
      }
      seen = (largest, steps)
      return largest
    }
    return carried ?? forward(x).0
  }

  public func outputShape(for input: Shape) throws -> Shape { try pooledShape(input) }

  public var description: String { "MaxOverTime()" }
}

extension SequenceLayout {
  /// Writes the largest element of each feature of each sequence to y, and its row in x.
  fileprivate func findLargest<T: KernelScalar>(
    _ x: Tensor, _ y: Tensor, _ winners: Tensor, _ type: T.Type
  ) {
    let width = x.shape[-1]
    let (x, y, winners) = (x.pointer(type), y.mutablePointer(type), winners.mutablePointer(Int32.self))
    eachSequence(width) { index, sequence, length in
      let (best, rows) = (y + sequence * width, winners + sequence * width)
      for step in 0..<length {
        let row = place(ofStep: step, at: index)
        let source = x + row * width
        for feature in 0..<width {
          let value = source[feature]
          // Of NaN no comparison holds: one beats all numbers, and nothing beats the first one.
          let wins = step == 0 || !(value <= best[feature]) && best[feature] == best[feature]
          best[feature] = wins ? value : best[feature]
          rows[feature] = wins ? Int32(truncatingIfNeeded: row) : rows[feature]
        }
      }
    }
  }

  /// Writes dy to the rows of dx, which is zeros, that were the largest.
  fileprivate func giveBack(_ dy: Tensor, to winners: Tensor, _ dx: Tensor) {
    let (width, bytes, rows) = (dy.shape[-1], dy.dtype.byteCount, winners.pointer(Int32.self))
    let (source, target) = (dy.storage.bytes, dx.storage.bytes)
    eachSequence(width) { _, sequence, length in
      for feature in 0..<(length > 0 ? width : 0) {
        let element = sequence * width + feature
        (target + (Int(rows[element]) * width + feature) * bytes).copyMemory(
          from: source + element * bytes, byteCount: bytes)
      }
    }
  }
}

extension Tensor {
  /// Returns the larger of each element of two, of rows that have steps; the earlier of equal ones, and a NaN as largest.
  fileprivate func largest(_ steps: [Int], or later: Tensor, _ laterSteps: [Int]) -> Tensor {
    let y = later.copied()
    func run<T: KernelScalar>(_: T.Type) {
      let (width, first, last) = (shape[-1], pointer(T.self), y.mutablePointer(T.self))
      for row in steps.indices where steps[row] > 0 {
        for element in row * width..<(row + 1) * width {
          let wins = laterSteps[row] > 0 && !(last[element] <= first[element]) && first[element] == first[element]
          last[element] = wins ? last[element] : first[element]
        }
      }
    }
    dtype.withLoops(for: "MaxOverTime()") { run($0) }
    return y
  }
}
