import StrataTensor

/// What attention layers share: the heads between the projections of the inputs and that of the output.
struct AttentionHeads: Sendable {
  /// Heads of queries, and heads of keys and values.
  let count: Int
  let keyValueCount: Int
  /// The elements of a row of a head.
  let size: Int
  let mask: AttentionMask
  let positions: AttentionPositions
  /// The probability with which a weight is dropped in training.
  let dropout: Double

  /// Where the heads of queries, keys and values stand in the rows that projections make.
  enum Columns {
    /// Side by side in rows of one tensor.
    case joined
    /// Queries in a tensor, keys and values side by side in another.
    case apart
  }

  let columns: Columns

  /// The columns that queries take, and those of keys as of values.
  var queryWidth: Int { count * size }
  var keyWidth: Int { keyValueCount * size }

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
    dropout: Double, columns: Columns
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
    (self.mask, self.positions, self.dropout, self.columns) = (mask, positions, dropout, columns)
  }

  /// Returns y [B, Tq, H · D], and what the backward needs.
  ///
  /// - Parameters:
  ///   - queryRows: Rows [B, Tq, …] with the heads of queries, and in joined columns those of keys and values.
  ///   - keyRows: Rows [B, Tk, …] of keys and values, where they are apart.
  ///   - queryLengths: The steps of each sequence of queries, where they are fewer.
  ///   - keyLengths: Those of each sequence of keys.
  ///   - key: From which dropped weights follow; nil where none is.
  func forward(
    _ queryRows: consuming Tensor, _ keyRows: consuming Tensor? = nil, queryLengths: [Int]? = nil,
    keyLengths: [Int]? = nil, key: RandomGenerator?
  ) -> (y: Tensor, cache: Cache) {
    var queries = consume queryRows
    var keysAndValues = consume keyRows
    rotate(&queries, &keysAndValues)
    let keys = keysAndValues ?? queries
    let attention = attention(
      queries, keyCount: keys.shape[1], queryLengths: queryLengths, keyLengths: keyLengths, key: key)
    let y = rows(queries.shape, width: queryWidth, queries.dtype, isCut: queryLengths != nil)
    let logSums = attention.forward(
      AttentionRows(of: queries, from: 0, size: size), AttentionRows(of: keys, from: keyColumn, size: size),
      AttentionRows(of: keys, from: keyColumn + keyWidth, size: size), into: AttentionRows(of: y, from: 0, size: size))
    return (
      y, Cache(attention: attention, queries: queries, keysAndValues: keysAndValues, y: y, logSums: logSums)
    )
  }

  /// Returns dL by the rows of queries, and of keys and values where they are apart, given dL/dy.
  func backward(_ dy: Tensor, _ cache: Cache) -> (queries: Tensor, keysAndValues: Tensor?) {
    let (attention, queries) = (cache.attention, cache.queries)
    let keys = cache.keysAndValues ?? queries
    var dQueries = rows(
      queries.shape, width: queries.shape[2], dy.dtype,
      isCut: attention.queryLengths != nil || cache.keysAndValues == nil && attention.mask.lengths != nil)
    var dKeys = cache.keysAndValues.map {
      rows($0.shape, width: $0.shape[2], dy.dtype, isCut: attention.mask.lengths != nil)
    }
    func heads(_ tensor: Tensor, _ column: Int) -> AttentionRows { AttentionRows(of: tensor, from: column, size: size) }
    attention.backward(
      heads(queries, 0), heads(keys, keyColumn), heads(keys, keyColumn + keyWidth), heads(cache.y, 0),
      logSums: cache.logSums, heads(dy, 0), into: heads(dQueries, 0), heads(dKeys ?? dQueries, keyColumn),
      heads(dKeys ?? dQueries, keyColumn + keyWidth))
    rotate(&dQueries, &dKeys, isInverse: true)
    return (dQueries, dKeys)
  }

  /// Returns y for steps that follow those in a cache of keys and values, to which it adds theirs.
  func step(_ rows: consuming Tensor, _ cache: inout KeyValueCache) -> Tensor {
    require(
      mask.isCausal && mask.lengths == nil && mask.visible == nil && mask.bias == nil,
      "attention with carried state: later steps would change what earlier ones saw; give it the mask .causal alone")
    positions.rotary?.rotate(&rows, from: 0, heads: count + keyValueCount, width: size, first: cache.count)
    cache.append(rows, from: keyColumn)
    let attention = attention(rows, keyCount: cache.count, queryLengths: nil, keyLengths: nil, key: nil)
    let y = Tensor(uninitialized: [rows.shape[0], rows.shape[1], queryWidth], dtype: rows.dtype)
    _ = attention.forward(
      AttentionRows(of: rows, from: 0, size: size), AttentionRows(of: cache.rows, from: 0, size: size),
      AttentionRows(of: cache.rows, from: keyWidth, size: size), into: AttentionRows(of: y, from: 0, size: size))
    return y
  }

  /// Turns the heads of queries and keys, in place where nobody else holds them.
  private func rotate(_ queries: inout Tensor, _ keysAndValues: inout Tensor?, isInverse: Bool = false) {
    guard let rotary = positions.rotary else { return }
    let joined = columns == .joined ? keyValueCount : 0
    rotary.rotate(&queries, from: 0, heads: count + joined, width: size, isInverse: isInverse)
    guard var rows = keysAndValues.take() else { return }
    rotary.rotate(&rows, from: 0, heads: keyValueCount, width: size, isInverse: isInverse)
    keysAndValues = rows
  }

  /// Where keys begin in their rows.
  private var keyColumn: Int { columns == .joined ? queryWidth : 0 }

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
