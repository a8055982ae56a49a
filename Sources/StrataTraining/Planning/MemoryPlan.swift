import StrataLayers
import StrataTensor

/// What training a model takes of memory, known before it is trained; printed, it is a table.
public struct MemoryPlan: Sendable, CustomStringConvertible {
  /// What one layer of the model, as it is, keeps for backward, or a module of several besides what these keep.
  public struct LayerRow: Sendable {
    public let path: String
    public let layer: String
    /// The bytes that its cache adds to those of the layers before it.
    public let cachedBytes: Int
  }

  /// What a strategy of keeping caches takes and costs.
  public struct StrategyRow: Sendable {
    public let strategy: String
    /// The bytes that all caches hold between forward and backward.
    public let cachedBytes: Int
    /// The matrix products that a step makes more than the model as it is.
    public let extraProducts: Int
    /// The multiplications of these, and of convolutions and recurrences.
    public let extraMultiplyAdds: Int
    /// Where the strategy is a limit, the most bytes alive at once of caches, activations, their gradients and
    /// temporaries.
    public let peakBytes: Int?
  }

  /// The shapes of the batch that the plan is for.
  public let input: [Shape]
  public let parameterBytes: Int
  /// Statistics and constants.
  public let statisticBytes: Int
  public let gradientBytes: Int
  /// What the optimizer remembers.
  public let optimizerBytes: Int
  public let layers: [LayerRow]
  /// The model as it is, then each strategy.
  public let strategies: [StrategyRow]

  /// The three tables: what is held throughout, what each layer keeps, and what strategies make of that.
  public var description: String { [heldTable, layerTable, strategyTable].joined(separator: "\n\n") }

  /// What is held throughout: parameters, gradients, the optimizer's memory.
  public var heldTable: String {
    let rows = [
      ["parameters", grouped(parameterBytes)], ["statistics and constants", grouped(statisticBytes)],
      ["gradients", grouped(gradientBytes)], ["optimizer", grouped(optimizerBytes)],
    ]
    return table([["held throughout", "bytes"]] + rows + [["total", grouped(heldBytes)]], rightAligned: [1])
  }

  /// What each layer keeps for backward.
  public var layerTable: String {
    let rows = layers.map { [$0.path, $0.layer, grouped($0.cachedBytes)] }
    let total = ["", "the model as it is", grouped(strategies[0].cachedBytes)]
    return table([["", "keeps for backward of \(input.listed)", "bytes"]] + rows + [total], rightAligned: [2])
  }

  /// What each strategy keeps and costs.
  public var strategyTable: String {
    let rows = strategies.map { row in
      [
        row.strategy, grouped(row.cachedBytes), row.peakBytes.map(grouped) ?? "", grouped(heldBytes + row.cachedBytes),
        grouped(row.extraProducts), grouped(row.extraMultiplyAdds),
      ]
    }
    let header = ["strategy", "cached bytes", "peak", "with all held", "extra products", "extra multiplications"]
    return table([header] + rows, rightAligned: [1, 2, 3, 4, 5], hasTotal: false)
  }

  private var heldBytes: Int { parameterBytes + statisticBytes + gradientBytes + optimizerBytes }
}

extension Module {
  /// Returns what training takes of memory with batches such as this one: parameters, gradients, the optimizer's
  /// memory, and what each layer keeps for backward.
  ///
  /// The model runs on the first rows of the batch, from which the bytes of any other number of rows follow; where
  /// they do not, on the batch itself.
  ///
  /// ```swift
  /// print(try model.memoryPlan(at: batch.inputs, optimizer: Adam(for: model)))
  /// ```
  ///
  /// - Parameters:
  ///   - batch: A batch as in training.
  ///   - optimizer: The optimizer made for the model.
  /// - Throws: `ShapeError` where the batch does not fit.
  public func memoryPlan(at batch: Input, optimizer: some Optimizer) throws -> MemoryPlan {
    try plan(batch.rowCount ?? 1, { batch.rows(0..<$0) }, optimizer, [])
  }

  fileprivate func plan(
    _ count: Int, _ batch: (_ rows: Int) -> Input, _ optimizer: some Optimizer,
    _ strategies: [MemoryPlan.StrategyRow]
  ) throws -> MemoryPlan {
    let small = batch(min(2, count))
    let summary = try summary(at: small)
    let bytes = try extrapolated(to: count, batch) { try self.summary(at: $0).rows.map(\.cachedBytes) }
    let contents = ModelContents(of: self)
    let parameters = contents.parameters.map(\.parameter.box)
    return MemoryPlan(
      input: summary.input.map { $0.withLeading(count) },
      parameterBytes: parameters.reduce(0) { $0 + $1.value.byteCount },
      statisticBytes: contents.boxes.reduce(0) { $0 + $1.value.byteCount }
        - parameters.reduce(0) { $0 + $1.value.byteCount },
      gradientBytes: gradientBytes(small, count), optimizerBytes: optimizer.slots.byteCount,
      layers: zip(summary.rows, bytes).map { .init(path: $0.path, layer: $0.layer, cachedBytes: $1) },
      strategies: [row("as it is", count, batch)] + strategies)
  }

  fileprivate func row(
    _ strategy: String, _ count: Int, _ batch: (_ rows: Int) -> Input,
    extra: (products: Int, multiplyAdds: Int) = (0, 0), peakBytes: Int? = nil
  ) -> MemoryPlan.StrategyRow {
    MemoryPlan.StrategyRow(
      strategy: strategy, cachedBytes: extrapolated(to: count, batch) { [cachedBytes(at: $0)] }[0],
      extraProducts: extra.products, extraMultiplyAdds: extra.multiplyAdds, peakBytes: peakBytes)
  }

  /// The bytes of the gradients of one pass of `count` rows, found with a smaller batch. That of a sparse table follows
  /// the batch: each lookup counts as another row.
  private func gradientBytes(_ batch: Input, _ count: Int) -> Int {
    let rows = max(1, batch.rowCount ?? 1)
    return ModelContents(of: self).restoringStreams {
      let (_, gradients) = gradients(at: batch) { (0, $0) }
      return gradients.receivers.reduce(0) { bytes, parameter in
        let whole = parameter.value.byteCount
        guard let sparse = gradients.rows(of: parameter) else { return bytes + whole }
        return bytes + min(whole, sparse.added * count / rows * (whole / parameter.shape[0] + MemoryLayout<Int32>.size))
      }
    }
  }
}

extension Layer {
  /// Returns the same for batches of zeros of this shape.
  ///
  /// ```swift
  /// print(try model.memoryPlan(input: [1024, 784], optimizer: Adam(for: model)))
  /// ```
  ///
  /// - Parameters:
  ///   - input: The shape of a batch, batch axis first.
  ///   - dtype: The type of the input, as in `summary(input:dtype:)`.
  ///   - optimizer: The optimizer made for the model.
  /// - Throws: `ShapeError` where the input does not fit.
  public func memoryPlan(input: Shape, dtype: DType? = nil, optimizer: some Optimizer) throws -> MemoryPlan {
    try withZeros(input, dtype) { try plan(input[0], zeros(input, $0.dtype), optimizer, []) }
  }

  /// Batches of zeros, of a number of rows.
  fileprivate func zeros(_ input: Shape, _ dtype: DType) -> (_ rows: Int) -> Tensor {
    { Tensor(zeros: input.withLeading($0), dtype: dtype) }
  }
}

extension Sequential {
  /// The same, with what each strategy of checkpointing would keep, and the arithmetic that it would add.
  ///
  /// - Parameters:
  ///   - input: The shape of a batch, batch axis first.
  ///   - dtype: The type of the input, as in `summary(input:dtype:)`.
  ///   - optimizer: The optimizer made for the model.
  ///   - strategies: What to compare.
  ///   - limits: Limits of memory to compare as well. For these each layer runs a few times on a whole batch.
  /// - Throws: `MemoryLimitError` where a limit cannot be kept; `ShapeError` where the input does not fit.
  public func memoryPlan(
    input: Shape, dtype: DType? = nil, optimizer: some Optimizer,
    strategies: [CheckpointStrategy] = [.squareRoot, .everySegment(of: 1), .selective { $0.parameterCount > 0 }],
    limits: [MemoryLimit] = []
  ) throws -> MemoryPlan {
    try validate(input: input)
    let (count, rows, batch) = (layers.count, input[0], zeros(input, dtype ?? inputType))
    let work = extrapolated(to: rows, batch) { batch in
      let facts = LayerFacts.measure(layers, input: batch.shape, dtype: batch.dtype)
      return facts.map(\.products) + facts.map(\.multiplyAdds)
    }
    var table = strategies.map { strategy in
      let model = checkpointed(strategy)
      let times = model.recipe.plan.recomputations(count: count)
      let products = times.indices.reduce(0) { $0 + times[$1] * work[$1] }
      let multiplyAdds = times.indices.reduce(0) { $0 + times[$1] * work[count + $1] }
      return model.row("\(strategy)", rows, batch, extra: (products, multiplyAdds))
    }
    for limit in limits {
      let model = try checkpointed(limit, input: input, dtype: dtype)
      let forecast = model.forecast!
      table.append(
        model.row(
          ".within(bytes: \(limit.bytes))", rows, batch, extra: (forecast.extraProducts, forecast.extraMultiplyAdds),
          peakBytes: forecast.peakBytes))
    }
    let offloaded = Offloaded { layers }
    table.append(offloaded.row("Offloaded", rows, batch))
    return try plan(rows, batch, optimizer, table)
  }
}
