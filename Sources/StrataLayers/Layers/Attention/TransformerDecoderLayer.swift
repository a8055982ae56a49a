import StrataTensor

/// Causal self-attention, attention to a memory, then a network on each step by itself, each added to its input and
/// normalized: a layer of the decoder of an encoder–decoder.
///
/// Pre-norm, the default:
///
///     a = x + attention(norm₁(x)),  b = a + memoryAttention(norm₂(a), m),  y = b + feedForward(norm₃(b))
///
/// Post-norm: a = norm₁(x + attention(x)), b = norm₂(a + memoryAttention(a, m)), y = norm₃(b + feedForward(b)).
///
/// - Shapes: the input is the pair of x [B, T, features] and the memory m [B, Tm, features]; y has the shape of x.
///
/// # Backward
/// The vector-Jacobian products of the parts from last to first; each sum hands dy to both of its terms, and dm comes from
/// the attention to it. The cache is that of the parts.
///
/// Vaswani and others, "Attention Is All You Need", 2017. In PyTorch `nn.TransformerDecoderLayer`, which is post-norm with
/// ReLU by default. A decoder without memory, as GPT-2's, is a ``TransformerEncoderLayer`` with the mask `.causal`.
public struct TransformerDecoderLayer: Module, CustomStringConvertible {
  public let norm1: any Layer
  public let attention: MultiHeadAttention
  public let norm2: any Layer
  public let memoryAttention: CrossAttention
  public let norm3: any Layer
  public let feedForward: Sequential

  /// Whether the norms stand before their parts, not after the sums.
  public let isPreNorm: Bool

  /// Of what both attentions give.
  public let dropout1: Dropout
  public let dropout2: Dropout

  /// The caches of the parts, in the order in which they are listed above.
  public struct Cache: Sendable {
    var norms: [any CacheBox] = []
    var attention, memoryAttention, feedForward: (any CacheBox)!
    var dropouts: [any CacheBox] = []
  }

  /// A layer with freshly initialized parameters.
  ///
  /// - Parameters:
  ///   - features: The length of a row.
  ///   - heads: The heads of queries, which divide the features.
  ///   - hidden: The features between the two maps of the feed-forward part; nil for 4 · features.
  ///   - feedForward: Its kind.
  ///   - norm: Which normalization it has.
  ///   - isPreNorm: Whether the norms stand before their parts, not after the sums.
  ///   - bias: Whether the linear maps have biases.
  ///   - positions: How self-attention takes distances into account.
  ///   - dropout: The probability with which an attention weight, an element of a part's output or of its hidden layer is
  ///     dropped in training.
  ///   - initializer: Of the linear maps.
  public init(
    _ features: Int, heads: Int, hidden: Int? = nil, feedForward: FeedForwardKind = .gelu,
    norm: TransformerNorm = .layer,
    isPreNorm: Bool = true, bias: Bool = true, positions: AttentionPositions = .none, dropout: Double = 0,
    initializer: Initializer = .xavierUniform
  ) {
    attention = MultiHeadAttention(
      features, heads: heads, bias: bias, mask: .causal, positions: positions, dropout: dropout,
      initializer: initializer)
    memoryAttention = CrossAttention(features, heads: heads, bias: bias, dropout: dropout, initializer: initializer)
    self.feedForward = feedForward.layers(
      features, hidden: hidden ?? 4 * features, bias: bias, dropout: dropout, initializer: initializer)
    (norm1, norm2, norm3) = (norm.layer(features), norm.layer(features), norm.layer(features))
    (dropout1, dropout2) = (Dropout(dropout), Dropout(dropout))
    self.isPreNorm = isPreNorm
  }

  public func forward(_ x: consuming Pair<Tensor, Tensor>) -> (Tensor, Cache) {
    let memory = x.second
    var cache = Cache()
    func normalized(_ norm: any Layer, at place: Place, _ x: Tensor) -> Tensor {
      let (y, box) = forward(norm, at: place, x)
      cache.norms.append(box)
      return y
    }
    func dropped(_ dropout: Dropout, at place: Place, _ x: Tensor) -> Tensor {
      let (y, box) = forward(dropout, at: place, x)
      cache.dropouts.append(box)
      return y
    }
    func attended(_ x: Tensor) -> Tensor {
      let (y, box) = forward(attention, at: "attention", x)
      cache.attention = box
      return dropped(dropout1, at: "dropout1", y)
    }
    func remembered(_ x: Tensor) -> Tensor {
      let (y, box) = forward(memoryAttention, at: "memoryAttention", Pair(x, memory))
      cache.memoryAttention = box
      return dropped(dropout2, at: "dropout2", y)
    }
    func fed(_ x: Tensor) -> Tensor {
      let (y, box) = forward(feedForward, at: "feedForward", x)
      cache.feedForward = box
      return y
    }
    if isPreNorm {
      let a = x.first + attended(normalized(norm1, at: "norm1", x.first))
      let b = a + remembered(normalized(norm2, at: "norm2", a))
      let y = b + fed(normalized(norm3, at: "norm3", b))
      return (y, cache)
    }
    let a = normalized(norm1, at: "norm1", x.first + attended(x.first))
    let b = normalized(norm2, at: "norm2", a + remembered(a))
    let y = normalized(norm3, at: "norm3", b + fed(b))
    return (y, cache)
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Pair<Tensor, Tensor> {
    let (norms, dropouts) = (cache.norms, cache.dropouts)
    func fed(_ dy: Tensor) -> Tensor { backward(feedForward, at: "feedForward", dy, cache.feedForward, &gradients) }
    func remembered(_ dy: Tensor) -> Pair<Tensor, Tensor> {
      let d = backward(dropout2, at: "dropout2", dy, dropouts[1], &gradients)
      return backward(memoryAttention, at: "memoryAttention", d, cache.memoryAttention, &gradients)
    }
    func attended(_ dy: Tensor) -> Tensor {
      let d = backward(dropout1, at: "dropout1", dy, dropouts[0], &gradients)
      return backward(attention, at: "attention", d, cache.attention, &gradients)
    }
    if isPreNorm {
      let db = backward(norm3, at: "norm3", fed(copy dy), norms[2], &gradients) + dy
      let remembered = remembered(db)
      let da = backward(norm2, at: "norm2", remembered.first, norms[1], &gradients) + db
      let dx = backward(norm1, at: "norm1", attended(da), norms[0], &gradients) + da
      return Pair(dx, remembered.second)
    }
    let dy = backward(norm3, at: "norm3", dy, norms[2], &gradients)
    let db = backward(norm2, at: "norm2", fed(dy) + dy, norms[1], &gradients)
    let remembered = remembered(db)
    let da = backward(norm1, at: "norm1", remembered.first + db, norms[0], &gradients)
    return Pair(attended(da) + da, remembered.second)
  }

  public func callAsFunction(_ x: consuming Pair<Tensor, Tensor>) -> Tensor {
    let (x, memory) = (x.first, x.second)
    func attended(_ x: Tensor) -> Tensor { infer(attention, at: "attention", x) }
    func remembered(_ x: Tensor) -> Tensor { infer(memoryAttention, at: "memoryAttention", Pair(x, memory)) }
    func fed(_ x: Tensor) -> Tensor { infer(feedForward, at: "feedForward", x) }
    if isPreNorm {
      let a = x + attended(infer(norm1, at: "norm1", x))
      let b = a + remembered(infer(norm2, at: "norm2", a))
      return b + fed(infer(norm3, at: "norm3", b))
    }
    let a = infer(norm1, at: "norm1", x + attended(x))
    let b = infer(norm2, at: "norm2", a + remembered(a))
    return infer(norm3, at: "norm3", b + fed(b))
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? {
    try ShapeError.locating("memoryAttention") { try memoryAttention.outputShapes(for: input) }
  }

  public var description: String {
    "TransformerDecoderLayer(\(attention.outputProjection.weight.shape[0]), heads: \(attention.heads))"
  }
}
