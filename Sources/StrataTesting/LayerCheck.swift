/// The checks that ``checkLayer(_:input:values:takenFor:refusing:skipping:tolerance:seed:)`` makes, by name.
public enum LayerCheck: String, Sendable, CaseIterable {
  /// What receives a gradient, or is observed, is found by the walk over stored properties. Where this fails
  /// no other check is made: the precision of what is not found cannot be changed.
  case parameters = "parameters are found"

  /// Backward is the derivative of forward by the input and by every parameter: the whole Jacobian of small
  /// layers, random directions in large ones.
  case gradients = "gradients in float64"

  /// Output and gradients in `float32` are those in `float64`, but for rounding.
  case singlePrecision = "float32 against float64"

  /// Forward and backward twice, under the same random keys, give twice the gradients, and leave those of
  /// others alone.
  case addition = "gradients add"

  /// Several forwards may run before the first backward, in any order.
  case order = "backward in another order"

  /// A weight that changes between forward and backward does not change the gradient.
  case snapshot = "weights as forward saw them"

  /// `accumulate` adds what `backward` adds.
  case accumulate = "accumulate equals backward"

  /// `layer(x)` leaves nothing in memory but its output.
  case inference = "inference keeps nothing"

  /// `cachedBytes(for:)` says what a cache keeps alive.
  case cachedBytes = "the cache's bytes"

  /// Backward reads every tensor of the cache.
  case cacheIsRead = "the cache is all read"

  /// Run again under `Checkpoint`, the layer gives the same bits.
  case checkpoint = "recomputation under Checkpoint"

  /// A batch of one, odd lengths and axes of length 1 have right gradients, where the layer takes them.
  case shapes = "other shapes"

  /// `outputShape(for:)` is the shape of forward's output, and refuses with both shapes in the message.
  case outputShape = "outputShape"

  /// A NaN in the input makes every output NaN that depends on that element.
  case notANumber = "NaN reaches what depends on it"

  /// An infinity in the input gives each output its limit, or NaN.
  case infinity = "infinities take their limits"

  /// The same bits with 1, 2 and 8 workers, of inputs large enough that several threads share the work.
  case workers = "the same bits with 1, 2 and 8 workers"

  /// Eight threads may call the layer at once.
  case concurrency = "eight calls at once"
}
