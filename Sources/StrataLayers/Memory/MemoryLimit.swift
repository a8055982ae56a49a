import StrataTensor

/// How much memory a step of a model may take.
public struct MemoryLimit: Sendable {
  package let bytes: Int

  /// At most `bytes` alive at once of caches, activations, their gradients and temporaries. The model, its
  /// parameters' gradients, the optimizer's memory and the input do not count, nor what a loss takes besides the
  /// output and its gradient.
  public static func within(bytes: Int) -> MemoryLimit { MemoryLimit(bytes: bytes) }
}

extension Sequential {
  /// The same layers with the least recomputation that a limit of memory allows, for inputs of up to this size.
  ///
  /// Each layer is run a few times by itself to learn what it takes.
  ///
  /// - Parameters:
  ///   - limit: What a step may take.
  ///   - input: The shape of the largest batch, batch axis first.
  ///   - dtype: The type of the input, as in ``Layer/summary(input:dtype:)``.
  /// - Throws: ``MemoryLimitError`` where no plan keeps to the limit; ``ShapeError`` where the input does not fit.
  public func checkpointed(_ limit: MemoryLimit, input: Shape, dtype: DType? = nil) throws -> Checkpoint {
    try validate(input: input)
    let dtype = dtype ?? inputType
    let plans = CheckpointPlanner.plans(for: LayerFacts.measure(layers, input: input, dtype: dtype))
    guard let planned = plans.first(where: { $0.peakBytes <= limit.bytes }) else {
      throw MemoryLimitError(limit: limit.bytes, leastPossible: plans.last!.peakBytes)
    }
    return Checkpoint(
      layers, planned.plan, name: "Checkpoint(.within(bytes: \(limit.bytes)))",
      largestInput: input.count * dtype.byteCount, forecast: planned.forecast)
  }
}
