import CStrataKernels
import StrataTensor

/// Rotary position embedding (RoPE): pair p of a query's or key's elements at position t is turned by the angle
/// θ = t · base^(−2p/D), so that a product of a query and a key depends on the distance of their positions.
///
///     (a, b) becomes (a cos θ − b sin θ, b cos θ + a sin θ)
///
/// Su and others, "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021.
public struct RotaryPositions: Sendable, Hashable {
  /// Which elements of a head are a pair.
  public enum Pairing: Sendable, Hashable {
    /// Elements p and p + D/2, as in Hugging Face's Llama and GPT-NeoX.
    case halves
    /// The neighbours 2p and 2p + 1, as in the paper and Meta's Llama.
    case interleaved
  }

  public let base: Double
  public let pairing: Pairing

  /// How many elements of each head are turned, its first; nil for all.
  public let size: Int?

  public init(base: Double = 10_000, pairing: Pairing = .halves, size: Int? = nil) {
    requireOption("RotaryPositions: base", base, .positive)
    require(
      size.map { $0 > 0 && $0 % 2 == 0 } ?? true,
      "RotaryPositions: size, \(size ?? 0), is the number of elements that are turned in pairs: even and positive")
    (self.base, self.pairing, self.size) = (base, pairing, size)
  }

  /// Turns the first heads of rows [B, T, W], where they stand side by side.
  ///
  /// - Parameters:
  ///   - x: The rows; they are changed in place where nobody else holds them.
  ///   - heads: How many heads are turned.
  ///   - width: The elements of a head.
  ///   - first: The position of the first row.
  ///   - isInverse: Whether to turn back: the transposed map, which is the backward.
  package func rotate(
    _ x: inout Tensor, heads: Int, width: Int, first: Int = 0, isInverse: Bool = false
  ) {
    let (batch, time, row, dtype) = (x.shape[0], x.shape[1], x.shape[2], x.dtype)
    let pairs = (size ?? width) / 2
    let table = AngleTable.shared(base: base, pairs: pairs, dtype, positions: first + time)
    func run<T: KernelScalar>(_: T.Type) {
      let elements = x.uniqueMutablePointer(T.self)
      let (cosines, sines) = (table.cosines.pointer(T.self), table.sines.pointer(T.self))
      parallel(over: batch * time, grain: max(1, elementGrain / max(1, heads * width))) { range in
        var start = range.lowerBound
        while start < range.upperBound {
          let (sequence, step) = start.quotientAndRemainder(dividingBy: time)
          let count = min(range.upperBound - start, time - step)
          let rotation = strata_rotation(
            rows: count, row: row, heads: heads, head: width, pairs: pairs, interleaved: pairing == .interleaved)
          let place = (first + step) * pairs
          T.rotate(
            rotation, cosines + place, sines + place, isInverse ? -1 : 1,
            elements + (sequence * time + step) * row)
          start += count
        }
      }
    }
    dtype.withKernels(for: "RotaryPositions") { run($0) }
  }
}
