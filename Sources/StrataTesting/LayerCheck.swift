/// The checks of ``checkLayer(_:input:values:takenFor:refusing:skipping:tolerance:seed:)``, by name.
public enum LayerCheck: String, Sendable, CaseIterable {
  /// The walk over stored properties finds every parameter that receives a gradient and every observed statistic. If
  /// this fails, the other checks are not run, since they change the precision of what the walk finds.
  case parameters = "parameters are found"

  /// Backward is the derivative of forward with respect to the input and every parameter, along three random
  /// directions of each, and entry by entry where these differ; for small layers, of every output apart.
  case gradients = "gradients in float64"

  /// Output and gradients in `float32` equal those in `float64` up to rounding.
  case singlePrecision = "float32 against float64"

  /// Two forward and backward passes with the same random keys give twice the gradients, and do not change those of
  /// other layers.
  case addition = "gradients add"

  /// Several forwards may run before the first backward, and backwards may run in any order.
  case order = "backward in another order"

  /// A weight that changes between forward and backward does not change the gradient.
  case snapshot = "weights as forward saw them"

  /// `accumulate` adds what `backward` adds.
  case accumulate = "accumulate equals backward"

  /// `layer(x)` keeps nothing in memory except its output, which `inference(x)` gives too.
  case inference = "inference keeps nothing"

  /// `cachedBytes(for:)` equals the bytes that a cache keeps alive.
  case cachedBytes = "the cache's bytes"

  /// Backward reads every tensor of the cache.
  case cacheIsRead = "the cache is all read"

  /// Recomputation under `Checkpoint` gives the same bits.
  case checkpoint = "recomputation under Checkpoint"

  /// A batch of one, odd lengths and axes of length 1 have correct gradients, if the layer accepts them.
  case shapes = "other shapes"

  /// `outputShape(for:)` is the shape of forward's output, and its errors name both shapes.
  case outputShape = "outputShape"

  /// A NaN in the input makes every output that depends on that element NaN.
  case notANumber = "NaN reaches what depends on it"

  /// An infinity in the input gives each output its limit, or NaN.
  case infinity = "infinities take their limits"

  /// The same bits with 1, 2 and 8 workers, of inputs large enough that several threads share the work.
  case workers = "the same bits with 1, 2 and 8 workers"

  /// Eight threads may call the layer concurrently.
  case concurrency = "eight calls at once"
}
