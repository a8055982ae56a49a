import StrataTensor

/// y = softmax(scale · QKᵀ + bias) V for every head: attention without projections.
///
/// - Shapes: the input is the pair of Q [B, H, Tq, D] and the pair of K and V [B, Hk, Tk, D], H being a multiple of Hk; y has
///   the shape of Q, and is 0 for a query that sees nothing.
///
/// # Backward
/// See ``MultiHeadAttention``. The cache is Q, K, V, y and log Σ exp of each query's scores.
public struct ScaledDotProductAttention: Module, CustomStringConvertible {
  /// Which keys a query sees.
  public let mask: AttentionMask

  /// The factor of the products; nil for 1/√D.
  public let scale: Double?

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let x: Pair<Tensor, Pair<Tensor, Tensor>>
    let y: Tensor
    let logSums: Tensor
  }

  /// A module with this mask.
  ///
  /// - Parameters:
  ///   - mask: Which keys a query sees.
  ///   - scale: The factor of the products; nil for 1/√D.
  public init(mask: AttentionMask = .none, scale: Double? = nil) { (self.mask, self.scale) = (mask, scale) }

  public func forward(_ x: consuming Pair<Tensor, Pair<Tensor, Tensor>>) -> (Tensor, Cache) {
    let (q, k, v) = (x.first, x.second.first, x.second.second)
    let y = Tensor(uninitialized: q.shape, dtype: q.dtype)
    let logSums = Attention(q, k, v, mask: mask, scale: scale).forward(
      AttentionRows(heads: q), AttentionRows(heads: k), AttentionRows(heads: v), into: AttentionRows(heads: y))
    return (y, Cache(x: x, y: y, logSums: logSums))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Pair<Tensor, Pair<Tensor, Tensor>> {
    let (q, k, v) = (cache.x.first, cache.x.second.first, cache.x.second.second)
    dy.requireGradient(of: description, q.shape, q.dtype)
    let dq = Tensor(uninitialized: q.shape, dtype: q.dtype)
    let (dk, dv) = (Tensor(zeros: k.shape, dtype: k.dtype), Tensor(zeros: k.shape, dtype: k.dtype))
    Attention(q, k, v, mask: mask, scale: scale).backward(
      AttentionRows(heads: q), AttentionRows(heads: k), AttentionRows(heads: v), AttentionRows(heads: cache.y),
      logSums: cache.logSums, AttentionRows(heads: dy), into: AttentionRows(heads: dq), AttentionRows(heads: dk),
      AttentionRows(heads: dv))
    return Pair(dq, Pair(dk, dv))
  }

  public func callAsFunction(_ x: consuming Pair<Tensor, Pair<Tensor, Tensor>>) -> Tensor {
    scaledDotProductAttention(x.first, x.second.first, x.second.second, mask: mask, scale: scale)
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? { input.count == 3 ? [input[0]] : nil }

  public var description: String { "ScaledDotProductAttention()" }
}
