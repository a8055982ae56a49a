import StrataTensor

/// y = (x₁ + … + x_T) / T, the mean of each sequence over its own T steps.
///
/// ```swift
/// PackedSequential { Embedding(1000, 32); Recurrent(GRUCell(32, 64)); MeanOverTime(); Linear(64, 2) }
/// ```
///
/// - Shapes: x is [B, T, D], or the steps of the sequences of a ``PackedSequential``; y is [B, D], and 0 for a sequence
///   of no steps.
///
/// # Backward
/// ∂y/∂x_t is 1/T for each step, so dx_t = dy / T. The cache is the sequences' layout: no memory.
///
/// Keras calls it `GlobalAveragePooling1D`.
public struct MeanOverTime: Layer, CustomStringConvertible {
  /// How the steps lie in x, and the kind of y.
  public struct Cache: Sendable {
    let layout: SequenceLayout
    let output: TensorKind
  }

  /// A layer that takes the mean over time.
  public init() {}

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let layout = pooledLayout(x)
    let y = layout.divided(layout.sumOverTime(x))
    return (y, Cache(layout: layout, output: TensorKind(of: y)))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    dy.requireGradient(of: description, cache.output.shape, cache.output.dtype)
    return cache.layout.repeated(cache.layout.divided(dy))
  }

  /// The mean; in ``Module/continued(_:_:)`` that of all steps so far.
  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let (x, layout) = (copy x, pooledLayout(x))
    let carried = CarriedState.updating((sum: Tensor, steps: PooledSteps)?.none) { seen in
      var (sum, steps) = (layout.sumOverTime(x), PooledSteps(layout))
      if let seen {
        steps.follow(seen.steps, in: self)
        sum += seen.sum
      }
      seen = (sum, steps)
      return sum / Tensor(steps.counts.map { Double(max(1, $0)) }, shape: [layout.batch, 1]).converted(to: sum.dtype)
    }
    return carried ?? forward(x).0
  }

  public func outputShape(for input: Shape) throws -> Shape { try pooledShape(input) }

  public var description: String { "MeanOverTime()" }
}

extension SequenceLayout {
  /// The row of each sequence divided by its number of steps.
  fileprivate func divided(_ x: consuming Tensor) -> Tensor {
    if isUniform { return x / Double(max(1, steps)) }
    var divisors = Array(repeating: 1.0, count: batch)
    for index in 0..<batch { divisors[sequence(at: index)] = Double(max(1, length(at: index))) }
    return x / Tensor(divisors, shape: [batch, 1]).converted(to: x.dtype)
  }

  /// The row of each sequence at each of its steps, and zeros beyond.
  fileprivate func repeated(_ dy: Tensor) -> Tensor {
    let width = dy.shape[-1]
    let dx = Tensor(uninitialized: outsideShape([width]), dtype: dy.dtype)
    let bytes = width * dy.dtype.byteCount
    eachSequence(width) { index, sequence, length in
      for step in 0..<length {
        (dx.storage.bytes + place(ofStep: step, at: index) * bytes).copyMemory(
          from: dy.storage.bytes + sequence * bytes, byteCount: bytes)
      }
    }
    return dx
  }
}
