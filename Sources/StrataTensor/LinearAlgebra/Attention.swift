import CStrataKernels

/// Where the rows of all heads of queries, keys or values lie in a tensor.
package struct AttentionRows {
  let tensor: Tensor
  /// The place of the first element of the first head.
  let offset: Int
  /// From one sequence, one head and one row to the next.
  let batchStride: Int
  let headStride: Int
  let rowStride: Int

  /// The heads that stand side by side in rows [B, T, W], the first of them from `column` on.
  package init(of tensor: Tensor, from column: Int, size: Int) {
    self.tensor = tensor
    offset = column
    (batchStride, headStride, rowStride) = (tensor.shape[1] * tensor.shape[2], size, tensor.shape[2])
  }

  /// The heads of a [B, H, T, D].
  package init(heads tensor: Tensor) {
    let (height, width) = (tensor.shape[2], tensor.shape[3])
    self.tensor = tensor
    offset = 0
    (batchStride, headStride, rowStride) = (tensor.shape[1] * height * width, height * width, width)
  }

  fileprivate func pointer<T: KernelScalar>(_: T.Type, _ sequence: Int, _ head: Int, _ row: Int = 0)
    -> UnsafeMutablePointer<T>
  {
    tensor.mutablePointer(at: offset + sequence * batchStride + head * headStride + row * rowStride)
  }
}

/// softmax(scale · QKᵀ + bias) V for every head, in memory that grows with T, not T².
///
/// For a query q and its visible keys k₁ … k_n, with s_j = scale · q·k_j + bias_j, L = log Σ exp s_j and p_j = exp(s_j − L):
/// y = Σ p_j v_j. A tile of keys at a time updates the largest score m, the sum l = Σ exp(s_j − m) and Σ exp(s_j − m) v_j;
/// L = m + log l is all that the backward needs beside y.
///
/// With D = dy·y = Σ p_j (dy·v_j): dv_j = Σ over the queries of p_j dy, ds_j = p_j (dy·v_j − D), dq = scale Σ ds_j k_j, and
/// dk_j = scale Σ over the queries of ds_j q.
///
/// Dao and others, "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness", 2022.
package struct Attention: Sendable {
  /// Sequences, heads of queries, and heads of keys and values, each of which serves as many heads of queries in a row.
  package var batch: Int
  package var heads: Int
  package var keyHeads: Int
  /// Tq, Tk, and the elements of a row of a head.
  package var queries: Int
  package var keys: Int
  package var size: Int
  package var mask: AttentionMask
  /// How many queries each sequence has, where they are fewer.
  package var queryLengths: [Int]?
  package var scale: Double
  /// For each head of queries, what a step of distance takes from a score.
  package var slopes: [Double]?
  package var dropout: Dropout?

  /// Which weights are dropped, and how often.
  package struct Dropout: Sendable {
    package let rate: Double
    package let key: RandomGenerator

    package init(rate: Double, key: RandomGenerator) { (self.rate, self.key) = (rate, key) }
  }

  package init(
    batch: Int, heads: Int, keyHeads: Int, queries: Int, keys: Int, size: Int, mask: AttentionMask = .none,
    queryLengths: [Int]? = nil, scale: Double? = nil, slopes: [Double]? = nil, dropout: Dropout? = nil
  ) {
    (self.batch, self.heads, self.keyHeads) = (batch, heads, keyHeads)
    (self.queries, self.keys, self.size) = (queries, keys, size)
    (self.mask, self.queryLengths, self.slopes, self.dropout) = (mask, queryLengths, slopes, dropout)
    self.scale = scale ?? 1 / Double(max(1, size)).squareRoot()
    if let lengths = mask.lengths {
      require(
        lengths.count == batch && lengths.allSatisfy { 0...keys ~= $0 },
        "attention: lengths \(lengths) do not fit a batch of \(batch) with \(keys) keys; give one for each sequence, in "
          + "0...\(keys)")
    }
  }

  /// Returns L of every query, [B, H, Tq], and writes y.
  package func forward(_ q: AttentionRows, _ k: AttentionRows, _ v: AttentionRows, into y: AttentionRows) -> Tensor {
    let dtype = q.tensor.dtype
    let logSums = Tensor(repeating: .infinity, shape: [batch, heads, queries], dtype: dtype)
    let bias = bias(dtype)
    WorkMeter.count(products: 2 * batch * heads, multiplyAdds: 2 * multiplyAdds)
    func run<T: KernelScalar>(_: T.Type) {
      let most = Int(STRATA_ATTENTION_QUERIES)
      let blocks = max(1, (queries + most - 1) / most)
      parallel(over: batch * heads * blocks, grain: grain(blocks)) { range in
        for unit in range {
          let (head, block) = unit.quotientAndRemainder(dividingBy: blocks)
          let (b, h) = head.quotientAndRemainder(dividingBy: heads)
          let first = block * most
          var options = options(b, h, q, k, v, y, bias)
          options.queries = min(most, options.queries - first)
          if options.queries <= 0 { continue }
          options.place += first
          options.first_place += first * options.row_places
          let keyHead = h * keyHeads / heads
          T.attention(
            &options, q.pointer(T.self, b, h, first), k.pointer(T.self, b, keyHead), v.pointer(T.self, b, keyHead),
            bias?.pointer(T.self, b, h, first), y.pointer(T.self, b, h, first),
            logSums.mutablePointer(at: head * queries + first))
        }
      }
    }
    dtype.withKernels(for: "attention") { run($0) }
    return logSums
  }

  /// Writes dL by q, k and v, given y, L and dL/dy. Rows beyond a length are not written.
  package func backward(
    _ q: AttentionRows, _ k: AttentionRows, _ v: AttentionRows, _ y: AttentionRows, logSums: Tensor,
    _ dy: AttentionRows,
    into dq: AttentionRows, _ dk: AttentionRows, _ dv: AttentionRows
  ) {
    let bias = bias(q.tensor.dtype)
    WorkMeter.count(products: 5 * batch * heads, multiplyAdds: 5 * multiplyAdds)
    func run<T: KernelScalar>(_: T.Type) {
      let group = heads / keyHeads
      parallel(over: batch * keyHeads, grain: max(1, grain(1) / group / 2)) { range in
        for unit in range {
          let (b, keyHead) = unit.quotientAndRemainder(dividingBy: keyHeads)
          for h in keyHead * group..<(keyHead + 1) * group {
            var options = options(b, h, q, k, v, y, bias)
            T.attentionBackward(
              &options, q.pointer(T.self, b, h), k.pointer(T.self, b, keyHead), v.pointer(T.self, b, keyHead),
              bias?.pointer(T.self, b, h), y.pointer(T.self, b, h),
              logSums.pointer(at: (b * heads + h) * queries), dy.pointer(T.self, b, h), h > keyHead * group,
              dq.pointer(T.self, b, h), dk.pointer(T.self, b, keyHead), dv.pointer(T.self, b, keyHead))
          }
        }
      }
    }
    q.tensor.dtype.withKernels(for: "attention") { run($0) }
  }

  /// What is added to scores: its elements, and from one sequence, head and query to the next.
  private struct Bias {
    let tensor: Tensor
    let strides: [Int]

    func pointer<T: KernelScalar>(_: T.Type, _ sequence: Int, _ head: Int, _ query: Int = 0) -> UnsafePointer<T> {
      tensor.pointer(at: sequence * strides[0] + head * strides[1] + query * strides[2])
    }
  }

  private func bias(_ dtype: DType) -> Bias? {
    let scores: Shape = [batch, heads, queries, keys]
    require(
      mask.fits(scores),
      "attention: a mask has shape \((mask.visible ?? mask.bias)!.shape), and the scores have \(scores); give it \(keys) as "
        + "its last axis, and each other axis with that length or 1")
    guard let tensor = mask.scores(dtype) else { return nil }
    return Bias(tensor: tensor, strides: Layout(tensor.shape).broadcast(to: scores).strides)
  }

  /// What the kernel must know of head `h` of sequence `b`.
  private func options(
    _ b: Int, _ h: Int, _ q: AttentionRows, _ k: AttentionRows, _ v: AttentionRows, _ y: AttentionRows,
    _ bias: Bias?
  ) -> strata_attention_options {
    let pack = Int(STRATA_PACK)
    let rowPlaces = (keys + pack - 1) / pack * pack
    var options = strata_attention_options()
    options.queries = queryLengths?[b] ?? queries
    options.keys = mask.lengths?[b] ?? keys
    options.size = size
    (options.q_row, options.k_row, options.v_row, options.out_row) = (
      q.rowStride, k.rowStride, v.rowStride, y.rowStride
    )
    options.bias_row = bias?.strides[2] ?? 0
    options.place = keys - queries
    options.causal = mask.isCausal
    options.scale = scale
    options.slope = slopes?[h] ?? 0
    (options.first_place, options.row_places) = ((b * heads + h) * queries * rowPlaces, rowPlaces)
    if let dropout {
      (options.seed, options.stream) = (dropout.key.seed, dropout.key.stream)
      options.threshold = UInt32(min((dropout.rate * 0x1p32).rounded(), Double(UInt32.max)))
      options.keep_scale = dropout.rate < 1 ? 1 / (1 - dropout.rate) : 0
    }
    return options
  }

  /// Multiplications of one product of all heads.
  private var multiplyAdds: Int { batch * heads * queries * keys * size }

  /// How many units make a block that is worth handing to a worker: a unit is one of `blocks` of a head's queries.
  private func grain(_ blocks: Int) -> Int {
    max(1, (1 << 19) / max(1, queries * keys * size / blocks))
  }
}

extension Attention {
  /// Attention of queries [B, H, Tq, D] to keys and values [B, Hk, Tk, D]; stops where they do not fit.
  package init(_ queries: Tensor, _ keys: Tensor, _ values: Tensor, mask: AttentionMask, scale: Double?) {
    let (q, k) = (queries.shape, keys.shape)
    require(
      q.rank == 4 && k.rank == 4 && values.shape == k && q[0] == k[0] && q[3] == k[3] && k[1] > 0 && q[1] % k[1] == 0
        && keys.dtype == queries.dtype && values.dtype == queries.dtype,
      "attention: queries, keys and values are \(queries.dtype) \(q), \(keys.dtype) \(k), \(values.dtype) "
        + "\(values.shape); make them [B, H, Tq, D], [B, Hk, Tk, D] and [B, Hk, Tk, D] of one type, H a multiple of Hk")
    self.init(
      batch: q[0], heads: q[1], keyHeads: k[1], queries: q[2], keys: k[2], size: q[3], mask: mask, scale: scale)
  }
}

/// Returns softmax(scale · QKᵀ + bias) V for each head, in memory that grows with T, not T².
///
/// - Parameters:
///   - queries: Q, [B, H, Tq, D].
///   - keys: K, [B, Hk, Tk, D]; where Hk is less than H, each of its heads serves H / Hk heads of queries in a row.
///   - values: V, of the shape of K.
///   - mask: Which keys a query sees.
///   - scale: The factor of the products; 1/√D by default.
/// - Returns: [B, H, Tq, D], 0 for a query that sees nothing.
public func scaledDotProductAttention(
  _ queries: Tensor, _ keys: Tensor, _ values: Tensor, mask: AttentionMask = .none, scale: Double? = nil
) -> Tensor {
  let attention = Attention(queries, keys, values, mask: mask, scale: scale)
  let y = Tensor(uninitialized: queries.shape, dtype: queries.dtype)
  _ = attention.forward(
    AttentionRows(heads: queries), AttentionRows(heads: keys), AttentionRows(heads: values),
    into: AttentionRows(heads: y))
  return y
}
