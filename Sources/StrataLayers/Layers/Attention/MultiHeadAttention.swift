import StrataTensor

/// Self-attention: each step of a sequence takes from all steps that it sees, by weights that follow from products of
/// queries and keys.
///
///     q, k, v = xWᵢ + bᵢ, divided into heads
///     y = concatenation over the heads of softmax(q·kᵀ / √d + bias) v
///     output = yWₒ + bₒ
///
/// ```swift
/// MultiHeadAttention(128, heads: 4, mask: .causal)                                   // GPT-2
/// MultiHeadAttention(128, heads: 8, keyValueHeads: 2, bias: false, mask: .causal, positions: .rotary())  // Llama
/// ```
///
/// - Shapes: x and the output are [B, T, features], or the steps of the sequences of a ``PackedSequential``, each of which
///   sees its own alone. Wᵢ is [features, (heads + 2 · keyValueHeads) · d], its columns those of all queries, then all keys,
///   then all values, with d = features / heads; Wₒ is [features, features].
///
/// The matrix of the weights, [B, heads, T, T], never exists: memory grows with T. A query that sees nothing has y = 0.
///
/// # Backward
/// For one query q with the visible keys kⱼ, values vⱼ and weights pⱼ = exp(sⱼ − L), where sⱼ = q·kⱼ/√d and
/// L = log Σ exp sⱼ: from dy follow dvⱼ = pⱼ dy, dpⱼ = dy·vⱼ, and by the softmax dsⱼ = pⱼ (dpⱼ − Σᵢ pᵢ dpᵢ), where the sum
/// is dy·y. So dq = Σ dsⱼ kⱼ/√d and dkⱼ = dsⱼ q/√d. The pⱼ are worked out again from L, which is kept for each query. The
/// cache is that of both projections, the projected rows, y, and L.
///
/// With d = 1, q = 1, keys (0, ln 3) and values (1, 5): p = (¼, ¾) and y = 4. For dy = 1: dv = (¼, ¾), dy·y = 4,
/// ds = (¼ (1 − 4), ¾ (5 − 4)) = (−¾, ¾), dq = ¾ ln 3, dk = (−¾, ¾).
///
/// Vaswani and others, "Attention Is All You Need", 2017; for fewer heads of keys, Ainslie and others, "GQA", 2023. In
/// PyTorch `nn.MultiheadAttention(…, batch_first=True)`.
public struct MultiHeadAttention: Layer, CustomStringConvertible {
  /// From the input to queries, keys and values.
  public let inputProjection: Linear

  /// From the joined heads to the output.
  public let outputProjection: Linear

  /// From which dropped weights follow, where any are.
  public let stream: RandomStream?

  package let attention: AttentionHeads

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let input: any CacheBox
    let attention: AttentionHeads.Cache
    let output: any CacheBox
    let layout: SequenceLayout
  }

  /// A layer with freshly initialized parameters.
  ///
  /// - Parameters:
  ///   - features: The length of a row of the input and the output.
  ///   - heads: The heads of queries, which divide the features.
  ///   - keyValueHeads: The heads of keys and values, each of which serves several of queries (grouped-query attention);
  ///     nil for as many as heads.
  ///   - bias: Whether the projections have biases.
  ///   - mask: Which steps a step sees.
  ///   - positions: How distances enter.
  ///   - dropout: The probability with which a weight is dropped in training.
  ///   - initializer: Of both projections.
  public init(
    _ features: Int, heads: Int, keyValueHeads: Int? = nil, bias: Bool = true, mask: AttentionMask = .none,
    positions: AttentionPositions = .none, dropout: Double = 0, initializer: Initializer = .xavierUniform
  ) {
    attention = AttentionHeads(
      "MultiHeadAttention", features: features, heads: heads, keyValueHeads: keyValueHeads, mask: mask,
      positions: positions, dropout: dropout)
    inputProjection = Linear(
      features, features + 2 * attention.keyWidth, bias: bias, initializer: initializer)
    outputProjection = Linear(features, features, bias: bias, initializer: initializer)
    stream = dropout > 0 ? RandomStream() : nil
  }

  /// The heads of queries.
  public var heads: Int { attention.count }

  /// The heads of keys and values.
  public var keyValueHeads: Int { attention.keyValueCount }

  /// The elements of a row of a head.
  public var headSize: Int { attention.size }

  /// Which steps a step sees.
  public var mask: AttentionMask { attention.mask }

  /// How distances enter.
  public var positions: AttentionPositions { attention.positions }

  /// The probability with which a weight is dropped in training.
  public var dropout: Double { attention.dropout }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let layout = layout(of: x)
    let key = Inference.isRunning ? nil : stream?.next()
    let (rows, input) = forward(inputProjection, at: "inputProjection", x)
    let (y, cache) = attention.forward(
      layout.sequences(rows), queryLengths: layout.unequalLengths, keyLengths: layout.unequalLengths, key: key)
    let (output, box) = forward(outputProjection, at: "outputProjection", layout.steps(y))
    return (output, Cache(input: input, attention: cache, output: box, layout: layout))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    let rows = rowsGradient(dy, cache, &gradients)
    return backward(inputProjection, at: "inputProjection", rows, cache.input, &gradients)
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    let rows = rowsGradient(dy, cache, &gradients)
    accumulate(inputProjection, at: "inputProjection", rows, cache.input, &gradients)
  }

  public func callAsFunction(_ x: consuming Tensor) -> Tensor {
    let layout = layout(of: x)
    let rows = infer(inputProjection, at: "inputProjection", x)
    let carried = CarriedState.updating(KeyValueCache()) { cache in attention.step(rows, &cache) }
    let y =
      carried
      ?? layout.steps(
        attention.forward(
          layout.sequences(rows), queryLengths: layout.unequalLengths, keyLengths: layout.unequalLengths, key: nil
        ).y)
    return infer(outputProjection, at: "outputProjection", y)
  }

  public func outputShape(for input: Shape) throws -> Shape {
    let features = attention.queryWidth
    guard SequenceLayout(of: input) != nil, input[-1] == features else {
      throw ShapeError(
        description, expected: SequenceLayout.expectedInput("\(features)"), input: input,
        remedy: input.rank == 3
          ? "make its features \(input[-1]), or the last axis of what comes before \(features)"
          : "give it a batch of sequences of rows of \(features) numbers",
        assumedOutput: input.rank == 3 ? input.withTrailing(features) : nil)
    }
    if input.rank == 3, !mask.fits([input[0], heads, input[1], input[1]]) {
      throw ShapeError(
        description, expected: "[B, T, \(features)], T being that of its mask", input: input,
        remedy: "give it sequences of the mask's length", assumedOutput: input)
    }
    return input
  }

  public var description: String {
    "MultiHeadAttention(\(attention.queryWidth), heads: \(heads)"
      + (keyValueHeads == heads ? "" : ", keyValueHeads: \(keyValueHeads)") + ")"
  }

  private func layout(of x: borrowing Tensor) -> SequenceLayout {
    requireInput(x.shape)
    return SequenceLayout(of: x.shape)!
  }

  /// dL by the projected rows.
  private func rowsGradient(_ dy: consuming Tensor, _ cache: borrowing Cache, _ gradients: inout Gradients) -> Tensor {
    let dOutput = backward(outputProjection, at: "outputProjection", dy, cache.output, &gradients)
    return cache.layout.steps(attention.backward(cache.layout.sequences(dOutput), cache.attention).queries)
  }
}
