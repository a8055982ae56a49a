import StrataTensor

/// Self-attention, then a network on each step by itself, each added to its input and normalized.
///
/// Pre-norm, the default:  h = x + attention(norm₁(x)),  y = h + feedForward(norm₂(h)).
/// Post-norm:              h = norm₁(x + attention(x)),  y = norm₂(h + feedForward(h)).
///
/// ```swift
/// let table = Parameter(Tensor(normal: [V, 384], standardDeviation: 0.02))
/// let gpt2 = Sequential {
///   Embedding(weight: table)
///   LearnedPositions(256, 384)
///   for _ in 0..<6 { TransformerEncoderLayer(384, heads: 6, mask: .causal) }
///   LayerNorm(384)
///   TiedLinear(transposing: table, bias: false)
/// }
/// let llama = Sequential {
///   Embedding(V, 384)
///   for _ in 0..<6 {
///     TransformerEncoderLayer(
///       384, heads: 6, keyValueHeads: 2, hidden: 1024, feedForward: .swiGLU, norm: .rms, bias: false, mask: .causal,
///       positions: .rotary())
///   }
///   RMSNorm(384)
///   Linear(384, V, bias: false)
/// }
/// ```
///
/// - Shapes: x and y are [B, T, features], or the steps of the sequences of a ``PackedSequential``.
///
/// # Backward
/// The vector-Jacobian products of the parts from last to first; each sum hands dy to both of its terms. The cache is that
/// of the parts.
///
/// Vaswani and others, "Attention Is All You Need", 2017; for pre-norm, Xiong and others, "On Layer Normalization in the
/// Transformer Architecture", 2020. PyTorch's `nn.TransformerEncoderLayer` is post-norm with ReLU by default.
public struct TransformerEncoderLayer: Layer, CustomStringConvertible {
  public let norm1: any Layer
  public let attention: MultiHeadAttention
  public let norm2: any Layer
  public let feedForward: Sequential

  /// Whether the norms stand before their parts, not after the sums.
  public let isPreNorm: Bool

  /// Of what attention gives.
  public let dropout: Dropout

  /// The caches of the parts.
  public struct Cache: Sendable {
    let norm1: any CacheBox
    let attention: any CacheBox
    let dropout: any CacheBox
    let norm2: any CacheBox
    let feedForward: any CacheBox
  }

  /// A layer with freshly initialized parameters.
  ///
  /// - Parameters:
  ///   - features: The length of a row.
  ///   - heads: The heads of queries, which divide the features.
  ///   - keyValueHeads: The heads of keys and values; nil for as many.
  ///   - hidden: The features between the two maps of the feed-forward part; nil for 4 · features.
  ///   - feedForward: Its kind.
  ///   - norm: Which normalization it has.
  ///   - isPreNorm: Whether the norms stand before their parts, not after the sums.
  ///   - bias: Whether the linear maps have biases.
  ///   - mask: Which steps a step sees.
  ///   - positions: How attention takes distances into account.
  ///   - dropout: The probability with which an attention weight, an element of a part's output or of its hidden layer is
  ///     dropped in training.
  ///   - initializer: Of the linear maps.
  public init(
    _ features: Int, heads: Int, keyValueHeads: Int? = nil, hidden: Int? = nil, feedForward: FeedForwardKind = .gelu,
    norm: TransformerNorm = .layer, isPreNorm: Bool = true, bias: Bool = true, mask: AttentionMask = .none,
    positions: AttentionPositions = .none, dropout: Double = 0, initializer: Initializer = .xavierUniform
  ) {
    attention = MultiHeadAttention(
      features, heads: heads, keyValueHeads: keyValueHeads, bias: bias, mask: mask, positions: positions,
      dropout: dropout, initializer: initializer)
    self.feedForward = feedForward.layers(
      features, hidden: hidden ?? 4 * features, bias: bias, dropout: dropout, initializer: initializer)
    norm1 = norm.layer(features)
    norm2 = norm.layer(features)
    self.isPreNorm = isPreNorm
    self.dropout = Dropout(dropout)
  }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    if isPreNorm {
      let (n1, norm1Box) = forward(norm1, at: "norm1", copy x)
      let (a, attentionBox) = forward(attention, at: "attention", n1)
      let (d, dropoutBox) = forward(dropout, at: "dropout", a)
      let h = x + d
      let (n2, norm2Box) = forward(norm2, at: "norm2", copy h)
      let (f, feedForwardBox) = forward(feedForward, at: "feedForward", n2)
      let cache = Cache(
        norm1: norm1Box, attention: attentionBox, dropout: dropoutBox, norm2: norm2Box, feedForward: feedForwardBox)
      return (h + f, cache)
    }
    let (a, attentionBox) = forward(attention, at: "attention", copy x)
    let (d, dropoutBox) = forward(dropout, at: "dropout", a)
    let (h, norm1Box) = forward(norm1, at: "norm1", x + d)
    let (f, feedForwardBox) = forward(feedForward, at: "feedForward", copy h)
    let (y, norm2Box) = forward(norm2, at: "norm2", h + f)
    let cache = Cache(
      norm1: norm1Box, attention: attentionBox, dropout: dropoutBox, norm2: norm2Box, feedForward: feedForwardBox)
    return (y, cache)
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    if isPreNorm {
      let dn2 = backward(feedForward, at: "feedForward", copy dy, cache.feedForward, &gradients)
      let dh = backward(norm2, at: "norm2", dn2, cache.norm2, &gradients) + dy
      let da = backward(dropout, at: "dropout", copy dh, cache.dropout, &gradients)
      let dn1 = backward(attention, at: "attention", da, cache.attention, &gradients)
      return backward(norm1, at: "norm1", dn1, cache.norm1, &gradients) + dh
    }
    let df = backward(norm2, at: "norm2", dy, cache.norm2, &gradients)
    let dh = backward(feedForward, at: "feedForward", copy df, cache.feedForward, &gradients) + df
    let dd = backward(norm1, at: "norm1", dh, cache.norm1, &gradients)
    let da = backward(dropout, at: "dropout", copy dd, cache.dropout, &gradients)
    return backward(attention, at: "attention", da, cache.attention, &gradients) + dd
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    if isPreNorm {
      let h = infer(attention, at: "attention", infer(norm1, at: "norm1", copy x)) + x
      return infer(feedForward, at: "feedForward", infer(norm2, at: "norm2", copy h)) + h
    }
    let h = infer(norm1, at: "norm1", infer(attention, at: "attention", copy x) + x)
    return infer(norm2, at: "norm2", infer(feedForward, at: "feedForward", copy h) + h)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    try ShapeError.locating("attention") { try attention.outputShape(for: input) }
  }

  public var description: String {
    "TransformerEncoderLayer(\(attention.outputProjection.weight.shape[0]), heads: \(attention.heads))"
  }
}
