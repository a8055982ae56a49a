import StrataLayers
import StrataTensor

// The decompositions of attention and of the layers around it.

/// Returns softmax(scale · QKᵀ + bias) V of heads [B, H, T, D], 0 for a query that sees nothing.
private func attend(
  _ q: Variable, _ k: Variable, _ v: Variable, mask: AttentionMask, scale: Double? = nil, slopes: [Double]? = nil,
  dropping factors: Tensor? = nil
) -> Variable {
  let (queries, keys, dtype) = (q.shape[2], k.shape[2], q.dtype)
  let group = q.shape[1] / k.shape[1]
  let scale = scale ?? 1 / Double(max(1, q.shape[3])).squareRoot()
  var scores = scale * matmul(q, k.repeated(group, along: 1).transposed)
  // Of query i the place among the keys, less that of key j.
  let places = Tensor(arange: keys - queries..<keys, dtype: dtype).expanded(at: 1)
  let distances = places - Tensor(arange: 0..<keys, dtype: dtype).expanded(at: 0)
  if let slopes {
    scores = scores - Variable(Tensor(slopes, shape: [slopes.count, 1, 1]).converted(to: dtype) * abs(distances))
  }
  if let bias = mask.scores(dtype) { scores = scores + Variable(bias) }
  var isSeen = scores.value .!= -Double.infinity
  if mask.isCausal { isSeen = isSeen * (distances .>= 0) }
  if let lengths = mask.lengths {
    let ends = Tensor(lengths.map { Double($0) }, shape: [lengths.count, 1, 1, 1]).converted(to: dtype)
    isSeen = isSeen * (Tensor(arange: 0..<keys, dtype: dtype) .< ends)
  }
  // Any shift leaves the shares as they are.
  let largest = scores.value.replacing(with: -.infinity, where: 1 - isSeen).max(along: 3, keepingAxis: true)
  let shift = Variable(largest.replacing(with: 0, where: largest .== -Double.infinity))
  let powers = exp((scores - shift).replacing(with: -.infinity, where: 1 - isSeen))
  let total = powers.sum(along: 3, keepingAxes: true)
  let shares = powers / total.replacing(with: 1, where: total.value .== 0)
  return matmul(factors.map { shares * Variable($0) } ?? shares, v.repeated(group, along: 1))
}

extension AttentionHeads {
  /// Returns the heads' output side by side, [B, T, W], of rows of queries and, if they are not behind them, of keys and
  /// values.
  fileprivate func decomposed(
    _ queryRows: Variable, _ keyRows: Variable?, _ stream: RandomStream?, keyLengths: [Int]?
  ) -> Variable {
    let mask = AttentionMask(
      causal: mask.isCausal, lengths: keyLengths ?? mask.lengths, visible: mask.visible, bias: mask.bias)
    let rows = positions.rotary.map { queryRows.rotated(by: $0, heads: self) } ?? queryRows
    func heads(_ rows: Variable, _ column: Int, _ count: Int) -> Variable {
      rows.sliced(column..<column + count * size, along: 2)
        .reshaped(to: [rows.shape[0], rows.shape[1], count, size]).permuted(0, 2, 1, 3)
    }
    let (source, column) = keyRows.map { ($0, 0) } ?? (rows, queryWidth)
    let (q, k) = (heads(rows, 0, count), heads(source, column, keyValueCount))
    let key = Differentiation.current.infers ? nil : stream?.next()
    let y = attend(
      q, k, heads(source, column + keyWidth, keyValueCount), mask: mask, slopes: positions.slopes(count),
      dropping: key.map { factors(like: q, keys: k.shape[2], $0) })
    return y.permuted(0, 2, 1, 3).reshaped(to: [y.shape[0], y.shape[2], queryWidth])
  }

  /// What dropout multiplies the weights by: attention of equal scores to the rows of a unit matrix shows them.
  private func factors(like q: Variable, keys: Int, _ key: RandomGenerator) -> Tensor {
    let (batch, queries) = (q.shape[0], q.shape[2])
    let equal = Tensor(zeros: [batch, count, queries, keys], dtype: q.dtype)
    let unit = Tensor(eye: keys, dtype: q.dtype).broadcast(to: [batch, 1, keys, keys])
    let y = Tensor(zeros: equal.shape, dtype: q.dtype)
    _ = Attention(
      batch: batch, heads: count, keyHeads: 1, queries: queries, keys: keys, size: keys,
      dropout: Attention.Dropout(rate: dropout, key: key)
    ).forward(
      AttentionRows(heads: equal), AttentionRows(heads: Tensor(zeros: unit.shape, dtype: q.dtype)),
      AttentionRows(heads: unit), into: AttentionRows(heads: y))
    return (dropout < 1 ? 1 / (1 - dropout) : 0) * (y .> 0)
  }
}

extension Variable {
  /// Returns rows turned by their place, which is linear: its transpose turns them back.
  fileprivate func rotated(by rotary: RotaryPositions, heads: AttentionHeads, isInverse: Bool = false) -> Variable {
    mapped("rotated") { rows in
      var rows = rows
      rotary.rotate(&rows, heads: heads.count + heads.keyValueCount, width: heads.size, isInverse: isInverse)
      return rows
    } transposed: {
      $0.rotated(by: rotary, heads: heads, isInverse: !isInverse)
    }
  }
}

extension ScaledDotProductAttention: DecomposableModule {
  /// Returns softmax(scale · QKᵀ + bias) V.
  public func decomposed(_ x: Pair<Variable, Pair<Variable, Variable>>) -> Variable {
    attend(x.first, x.second.first, x.second.second, mask: mask, scale: scale)
  }
}
extension MultiHeadAttention: DecomposableLayer {
  /// Returns the projected outputs of all heads, of sequences [B, T, D].
  public func decomposed(_ x: Variable) -> Variable {
    let (rows, layout) = (apply(inputProjection, at: "inputProjection", x) as Variable, x.packedLayout)
    require(
      layout != nil || x.shape.rank == 3, "\(self) on variables takes sequences [B, T, D], not shape \(x.shape)")
    let heads = attention.decomposed(
      layout?.unpack(rows) ?? rows, nil, stream, keyLengths: layout?.unequalLengths)
    return apply(outputProjection, at: "outputProjection", layout?.pack(heads) ?? heads)
  }
}
extension CrossAttention: DecomposableModule {
  /// Returns the projected outputs of all heads, whose keys and values come from the second sequences.
  public func decomposed(_ x: Pair<Variable, Variable>) -> Variable {
    let queries: Variable = apply(queryProjection, at: "queryProjection", x.first)
    let rows = attention.decomposed(
      queries, apply(memoryProjection, at: "memoryProjection", x.second), stream, keyLengths: MemoryLengths.current)
    return apply(outputProjection, at: "outputProjection", rows)
  }
}
extension TransformerEncoderLayer: DecomposableLayer {
  /// Returns h + fed(h) with h = x + attended(x), normalized before or after each sum.
  public func decomposed(_ x: Variable) -> Variable {
    func normalized1(_ x: Variable) -> Variable { apply(norm1, at: "norm1", x) }
    func normalized2(_ x: Variable) -> Variable { apply(norm2, at: "norm2", x) }
    func attended(_ x: Variable) -> Variable {
      apply(dropout, at: "dropout", apply(attention, at: "attention", x) as Variable)
    }
    func fed(_ x: Variable) -> Variable { apply(feedForward, at: "feedForward", x) }
    if isPreNorm {
      let h = x + attended(normalized1(x))
      return h + fed(normalized2(h))
    }
    let h = normalized1(x + attended(x))
    return normalized2(h + fed(h))
  }
}
extension TransformerDecoderLayer: DecomposableModule {
  /// Returns b + fed(b) with b = a + remembered(a) and a = x + attended(x), normalized before or after each sum.
  public func decomposed(_ x: Pair<Variable, Variable>) -> Variable {
    let memory = x.second
    func normalized1(_ x: Variable) -> Variable { apply(norm1, at: "norm1", x) }
    func normalized2(_ x: Variable) -> Variable { apply(norm2, at: "norm2", x) }
    func normalized3(_ x: Variable) -> Variable { apply(norm3, at: "norm3", x) }
    func attended(_ x: Variable) -> Variable {
      apply(dropout1, at: "dropout1", apply(attention, at: "attention", x) as Variable)
    }
    func remembered(_ x: Variable) -> Variable {
      let y: Variable = apply(memoryAttention, at: "memoryAttention", Pair(x, memory))
      return apply(dropout2, at: "dropout2", y)
    }
    func fed(_ x: Variable) -> Variable { apply(feedForward, at: "feedForward", x) }
    if isPreNorm {
      let a = x.first + attended(normalized1(x.first))
      let b = a + remembered(normalized2(a))
      return b + fed(normalized3(b))
    }
    let a = normalized1(x.first + attended(x.first))
    let b = normalized2(a + remembered(a))
    return normalized3(b + fed(b))
  }
}
extension TransformerDecoder: DecomposableModule {
  /// Returns what the layers make of the sequences, one after the other, with the same memory.
  public func decomposed(_ x: Pair<Variable, Variable>) -> Variable {
    layers.enumerated().reduce(x.first) { y, layer in
      apply(layer.element, at: .position(layer.offset), Pair(y, x.second))
    }
  }
}
extension Transformer: DecomposableModule where Encoder: DecomposableModule, Encoder.VariableOutput == Variable {
  /// Returns the decoder's output with the encoder's as its memory.
  public func decomposed(_ x: Pair<Encoder.VariableInput, Variable>) -> Variable {
    let memory: Variable = apply(encoder, at: "encoder", x.first)
    let h: Variable = apply(input, at: "input", x.second)
    let d: Variable = MemoryLengths.running(of: x.first.value) { apply(decoder, at: "decoder", Pair(h, memory)) }
    return apply(output, at: "output", d)
  }
}
