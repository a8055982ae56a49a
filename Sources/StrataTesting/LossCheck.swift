/// The checks that ``checkLoss(_:output:target:skipping:tolerance:seed:)`` makes, by name.
public enum LossCheck: String, Sendable, CaseIterable {
  /// The gradient is the derivative of the value, in `float64`.
  case gradients = "gradients in float64"

  /// Value and gradient in `float32` are those in `float64`, but for rounding.
  case singlePrecision = "float32 against float64"

  /// `loss(output, target)` is the value that comes with the gradient, bit for bit.
  case valueAlone = "the value alone"

  /// Of a batch in parts, divisor · loss adds up: micro-batches weigh right.
  case parts = "a batch in parts"

  /// A loss of logits is finite, and its gradient too, at logits of ±10,000.
  case largeLogits = "large logits"

  /// A NaN in the output makes the value NaN, and the gradient there, if the value depends on that element.
  case notANumber = "NaN is not swallowed"

  /// An infinite output gives the value its limit, or NaN.
  case infinity = "infinities take their limits"

  /// The same bits with 1, 2 and 8 workers, of inputs large enough that several threads share the work.
  case workers = "the same bits with 1, 2 and 8 workers"
}
