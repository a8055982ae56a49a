import StrataTensor

/// What attention layers share: the heads between the projections of the inputs and that of the output.
package struct AttentionHeads: Sendable {
  /// Heads of queries, and heads of keys and values.
  package let count: Int
  package let keyValueCount: Int
  /// The elements of a row of a head.
  package let size: Int
  package let mask: AttentionMask
  package let positions: AttentionPositions
  /// The probability with which a weight is dropped in training.
  package let dropout: Double

  /// The columns that queries take, and those of keys as of values.
  package var queryWidth: Int { count * size }
  package var keyWidth: Int { keyValueCount * size }

  /// What the backward needs of a forward.
  struct Cache: Sendable {
    let attention: Attention
    let queries: Tensor
    /// Nil where they stand in the same rows as the queries.
    let keysAndValues: Tensor?
    let y: Tensor
    let logSums: Tensor
  }

  init(
    _ layer: String, features: Int, heads: Int, keyValueHeads: Int?, mask: AttentionMask, positions: AttentionPositions,
    dropout: Double
  ) {
    let keyValueHeads = keyValueHeads ?? heads
    require(
      features > 0 && heads > 0 && features % heads == 0,
      "\(layer): \(features) features are not divided by \(heads) heads; make them a positive multiple of the heads")
    require(
      keyValueHeads > 0 && heads % keyValueHeads == 0,
      "\(layer): \(heads) heads of queries are not divided by \(keyValueHeads) heads of keys and values; each of these "
        + "serves as many of those")
    requireOption("\(layer): dropout", dropout, .fraction)
    let size = features / heads
    if let rotary = positions.rotary {
      require(
        (rotary.size ?? size) <= size && (rotary.size ?? size) % 2 == 0,
        "\(layer): rotary positions turn \(rotary.size ?? size) elements of heads of \(size) in pairs; give heads of an even "
          + "size, or a smaller even number of elements to turn")
    }
    (count, keyValueCount, self.size) = (heads, keyValueHeads, size)
    (self.mask, self.positions, self.dropout) = (mask, positions, dropout)
  }

  /// Returns y [B, Tq, H · D], and what the backward needs.
  ///
  /// - Parameters:
  ///   - queryRows: Rows [B, Tq, …] with the heads of queries, followed by those of keys and of values where these are not apart.
  ///   - keyRows: Rows [B, Tk, …] of keys and values, where they are apart.
  ///   - queryLengths: The steps of each sequence of queries, where they are fewer.
  ///   - keyLengths: Those of each sequence of keys.
  ///   - key: From which dropped weights follow; nil where none is.
  func forward(
    _ queryRows: consuming Tensor, _ keyRows: Tensor? = nil, queryLengths: [Int]? = nil,
    keyLengths: [Int]? = nil, key: RandomGenerator?
  ) -> (y: Tensor, cache: Cache) {
    var queries = consume queryRows
    rotate(&queries)
    let keys = keyRows ?? queries
    let keyColumn = keyRows == nil ? queryWidth : 0
    let attention = attention(
      queries, keyCount: keys.shape[1], queryLengths: queryLengths, keyLengths: keyLengths, key: key)
    let y = rows(queries.shape, width: queryWidth, queries.dtype, isCut: queryLengths != nil)
    let logSums = attention.forward(
      AttentionRows(of: queries, from: 0, size: size), AttentionRows(of: keys, from: keyColumn, size: size),
      AttentionRows(of: keys, from: keyColumn + keyWidth, size: size), into: AttentionRows(of: y, from: 0, size: size))
    return (
      y, Cache(attention: attention, queries: queries, keysAndValues: keyRows, y: y, logSums: logSums)
    )
  }

  /// Returns dL by the rows of queries, and of keys and values where they are apart, given dL/dy.
  func backward(_ dy: Tensor, _ cache: Cache) -> (queries: Tensor, keysAndValues: Tensor?) {
    let (attention, queries) = (cache.attention, cache.queries)
    let keys = cache.keysAndValues ?? queries
    let keyColumn = cache.keysAndValues == nil ? queryWidth : 0
    var dQueries = rows(
      queries.shape, width: queries.shape[2], dy.dtype,
      isCut: attention.queryLengths != nil || cache.keysAndValues == nil && attention.mask.lengths != nil)
    let dKeys = cache.keysAndValues.map {
      rows($0.shape, width: $0.shape[2], dy.dtype, isCut: attention.mask.lengths != nil)
    }
    func heads(_ tensor: Tensor, _ column: Int) -> AttentionRows { AttentionRows(of: tensor, from: column, size: size) }
    attention.backward(
      heads(queries, 0), heads(keys, keyColumn), heads(keys, keyColumn + keyWidth), heads(cache.y, 0),
      logSums: cache.logSums, heads(dy, 0), into: heads(dQueries, 0), heads(dKeys ?? dQueries, keyColumn),
      heads(dKeys ?? dQueries, keyColumn + keyWidth))
    rotate(&dQueries, isInverse: true)
    return (dQueries, dKeys)
  }

  /// Returns y for steps that follow those in a cache of keys and values, to which it adds theirs.
  func step(_ rows: consuming Tensor, _ cache: inout KeyValueCache) -> Tensor {
    require(
      mask.isCausal && mask.lengths == nil && mask.visible == nil && mask.bias == nil,
      "attention with carried state: later steps would change what earlier ones saw; give it the mask .causal alone")
    rotate(&rows, from: cache.count)
    cache.append(rows, from: queryWidth)
    let attention = attention(rows, keyCount: cache.count, queryLengths: nil, keyLengths: nil, key: nil)
    let y = Tensor(uninitialized: [rows.shape[0], rows.shape[1], queryWidth], dtype: rows.dtype)
    _ = attention.forward(
      AttentionRows(of: rows, from: 0, size: size), AttentionRows(of: cache.rows, from: 0, size: size),
      AttentionRows(of: cache.rows, from: keyWidth, size: size), into: AttentionRows(of: y, from: 0, size: size))
    return y
  }

  /// Turns the heads of queries and keys that stand side by side, in place where nobody else holds them. Rows apart, which
  /// are those of another sequence, have no positions in common.
  private func rotate(_ rows: inout Tensor, from first: Int = 0, isInverse: Bool = false) {
    positions.rotary?.rotate(&rows, heads: count + keyValueCount, width: size, first: first, isInverse: isInverse)
  }

  private func attention(
    _ queries: Tensor, keyCount: Int, queryLengths: [Int]?, keyLengths: [Int]?, key: RandomGenerator?
  ) -> Attention {
    var mask = mask
    if let keyLengths {
      require(
        mask.lengths == nil,
        "attention: its mask has lengths, and the sequences have theirs; let the mask have none")
      mask = AttentionMask(causal: mask.isCausal, lengths: keyLengths, visible: mask.visible, bias: mask.bias)
    }
    return Attention(
      batch: queries.shape[0], heads: count, keyHeads: keyValueCount, queries: queries.shape[1], keys: keyCount,
      size: size,
      mask: mask, queryLengths: queryLengths, slopes: positions.slopes(count),
      dropout: key.map { Attention.Dropout(rate: dropout, key: $0) })
  }

  /// Rows to be written; zeros where not all of them will be.
  private func rows(_ shape: Shape, width: Int, _ dtype: DType, isCut: Bool) -> Tensor {
    let shape = shape.withTrailing(width)
    return isCut ? Tensor(zeros: shape, dtype: dtype) : Tensor(uninitialized: shape, dtype: dtype)
  }
}
