import StrataTensor

/// y_t = x_t + P[t], with P[t, 2i] = sin(t / 10000^(2i/D)) and P[t, 2i + 1] = cos(t / 10000^(2i/D)).
///
/// - Shapes: x and y are [B, T, D], or the steps of the sequences of a ``PackedSequential``; D is even.
///
/// # Backward
/// P is constant, so dx = dy. There is no cache.
///
/// Vaswani and others, "Attention Is All You Need", 2017, section 3.5.
public struct SinusoidalPositions: Layer, CustomStringConvertible {
  /// D.
  public let features: Int

  /// Nothing.
  public struct Cache: Sendable {}

  /// A layer for rows of this length.
  public init(_ features: Int) {
    require(
      features > 0 && features % 2 == 0, "SinusoidalPositions(\(features)): the features must be even and positive")
    self.features = features
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    requireInput(x.shape)
    let positions = SequenceLayout(of: x.shape)!.positions()
    let count = (positions.max() ?? -1) + 1
    let table = AngleTable.shared(base: 10_000, pairs: features / 2, x.dtype, positions: count)
    let rows = Tensor(stacking: [table.sines[0..<count], table.cosines[0..<count]], along: 2)
      .reshaped(to: [count, features])
    return (x + rows.gathered(rows: positions), Cache())
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor { dy }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor { forward(x).0 }

  public func outputShape(for input: Shape) throws -> Shape { try positionedShape(input, features: features) }

  public var description: String { "SinusoidalPositions(\(features))" }
}

extension SequenceLayout {
  /// The positions of the steps, which those carried on from come before: one for each step of time in [B, T, …], which all
  /// sequences share, else one for each row.
  func positions() -> [Int] {
    let steps =
      isPacked ? counts.enumerated().flatMap { step, count in Array(repeating: step, count: count) } : Array(0..<time)
    return CarriedState.updating(0) { seen in
      defer { seen += self.steps }
      return steps.map { seen + $0 }
    } ?? steps
  }
}
