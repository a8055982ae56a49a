/// The checks of ``checkLoss(_:output:target:skipping:tolerance:seed:)``, by name.
public enum LossCheck: String, Sendable, CaseIterable {
  /// The gradient is the derivative of the value, in `float64`.
  case gradients = "gradients in float64"

  /// Value and gradient in `float32` equal those in `float64` up to rounding.
  case singlePrecision = "float32 against float64"

  /// `loss(output, target)` equals the value that `evaluate` returns, bit for bit.
  case valueAlone = "the value alone"

  /// The losses of the samples add up to the value, and with weights they give the weighted mean and its gradient, if the
  /// loss is a `SampleLoss`.
  case samples = "the loss of each sample"

  /// For a batch in parts, divisor · loss adds up, so micro-batches are weighted correctly.
  case parts = "a batch in parts"

  /// A loss of logits and its gradient are finite at logits of ±10,000.
  case largeLogits = "large logits"

  /// A NaN in the output makes the value and the gradient there NaN, if the value depends on that element.
  case notANumber = "NaN is not swallowed"

  /// An infinity in the output gives the value its limit, or NaN.
  case infinity = "infinities take their limits"

  /// The same bits with 1, 2 and 8 workers, of inputs large enough that several threads share the work.
  case workers = "the same bits with 1, 2 and 8 workers"
}
