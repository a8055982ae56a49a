import StrataTensor

/// Attention of one sequence to another: queries come from x, keys and values from the memory m.
///
///     q = xW_q + b_q;  k, v = mW_m + b_m;  output = (concatenation of softmax(q·kᵀ / √d + bias) v) Wₒ + bₒ
///
/// - Shapes: the input is the pair of x [B, Tq, features] and m [B, Tk, memoryFeatures]; the output has the shape of x. In a
///   ``Transformer`` of padded sources, no step of m beyond a sequence's end is read.
///
/// # Backward
/// That of ``MultiHeadAttention``, with dx from the queries and dm from the keys and values.
///
/// Vaswani and others, "Attention Is All You Need", 2017.
public struct CrossAttention: Module, CustomStringConvertible {
  /// From x to the queries.
  public let queryProjection: Linear

  /// From the memory to keys and values.
  public let memoryProjection: Linear

  /// From the joined heads to the output.
  public let outputProjection: Linear

  /// From which dropped weights follow, where any are.
  public let stream: RandomStream?

  package let attention: AttentionHeads

  /// The values that `backward` reads.
  public struct Cache: Sendable {
    let queries: any CacheBox
    let memory: any CacheBox
    let attention: AttentionHeads.Cache
    let output: any CacheBox
  }

  /// A module with freshly initialized parameters.
  ///
  /// - Parameters:
  ///   - features: The length of a row of x and of the output.
  ///   - memoryFeatures: That of a row of the memory; nil for the same.
  ///   - heads: The heads of queries, which divide the features.
  ///   - keyValueHeads: The heads of keys and values; nil for as many.
  ///   - bias: Whether the projections have biases.
  ///   - mask: Which steps of the memory a step sees.
  ///   - dropout: The probability with which a weight is dropped in training.
  ///   - initializer: Of all projections.
  public init(
    _ features: Int, memoryFeatures: Int? = nil, heads: Int, keyValueHeads: Int? = nil, bias: Bool = true,
    mask: AttentionMask = .none, dropout: Double = 0, initializer: Initializer = .xavierUniform
  ) {
    attention = AttentionHeads(
      "CrossAttention", features: features, heads: heads, keyValueHeads: keyValueHeads, mask: mask, positions: .none,
      dropout: dropout)
    queryProjection = Linear(features, features, bias: bias, initializer: initializer)
    memoryProjection = Linear(memoryFeatures ?? features, 2 * attention.keyWidth, bias: bias, initializer: initializer)
    outputProjection = Linear(features, features, bias: bias, initializer: initializer)
    stream = dropout > 0 ? RandomStream() : nil
  }

  public func forward(_ x: consuming Pair<Tensor, Tensor>) -> (Tensor, Cache) {
    requireInput(x)
    let key = Inference.isRunning ? nil : stream?.next()
    let (queries, queryBox) = forward(queryProjection, at: "queryProjection", x.first)
    let (memory, memoryBox) = forward(memoryProjection, at: "memoryProjection", x.second)
    let (y, cache) = attention.forward(queries, memory, keyLengths: MemoryLengths.current, key: key)
    let (output, outputBox) = forward(outputProjection, at: "outputProjection", y)
    return (output, Cache(queries: queryBox, memory: memoryBox, attention: cache, output: outputBox))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Pair<Tensor, Tensor> {
    let dOutput = backward(outputProjection, at: "outputProjection", dy, cache.output, &gradients)
    let (dQueries, dMemory) = attention.backward(dOutput, cache.attention)
    return Pair(
      backward(queryProjection, at: "queryProjection", dQueries, cache.queries, &gradients),
      backward(memoryProjection, at: "memoryProjection", dMemory!, cache.memory, &gradients))
  }

  public func callAsFunction(_ x: consuming Pair<Tensor, Tensor>) -> Tensor {
    requireInput(x)
    let memory = x.second
    let queries = infer(queryProjection, at: "queryProjection", x.first)
    func projected() -> Tensor { infer(memoryProjection, at: "memoryProjection", memory) }
    // With carried state the memory is projected once.
    let rows = CarriedState.updating(Tensor?.none) { held in
      let rows = held ?? projected()
      held = rows
      return rows
    }
    let y = attention.forward(queries, rows ?? projected(), keyLengths: MemoryLengths.current, key: nil).y
    return infer(outputProjection, at: "outputProjection", y)
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? {
    let (features, memoryFeatures) = (attention.queryWidth, memoryProjection.weight.shape[0])
    guard input.count == 2, input.allSatisfy({ $0.rank == 3 }), input[0][0] == input[1][0], input[0][2] == features,
      input[1][2] == memoryFeatures
    else {
      throw ShapeError(
        description, expected: "[B, Tq, \(features)] and [B, Tk, \(memoryFeatures)]", input: input,
        remedy: "give it two batches of as many sequences, of rows of these lengths")
    }
    return [input[0]]
  }

  public var description: String { "CrossAttention(\(attention.queryWidth), heads: \(attention.count))" }

  private func requireInput(_ x: borrowing Pair<Tensor, Tensor>) {
    do { _ = try outputShapes(for: [x.first.shape, x.second.shape]) } catch { stop("\(error)") }
  }
}
