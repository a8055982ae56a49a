/// What a step of a checkpointed model needs and costs, known before it runs.
public struct CheckpointForecast: Sendable, Equatable {
  /// The most bytes alive at once of caches, activations, their gradients and temporaries: all that a step takes
  /// besides the model, its parameters' gradients, the optimizer's memory and the input.
  public let peakBytes: Int

  /// The matrix products that recomputation adds to a step.
  public let extraProducts: Int

  /// The multiplications that recomputation adds to a step, those of convolutions and recurrences too.
  public let extraMultiplyAdds: Int
}
