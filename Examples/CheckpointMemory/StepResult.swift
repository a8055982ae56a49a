import Strata

/// The cost of a model's training steps: peak memory, products per step, and the time of the fastest step.
struct StepResult {
  var loss = 0.0
  var peakBytes = 0
  var products = 0
  var seconds = Double.infinity

  /// Includes another step.
  mutating func add(_ step: StepResult) {
    loss = step.loss
    peakBytes = max(peakBytes, step.peakBytes)
    products = step.products
    seconds = min(seconds, step.seconds)
  }
}

/// One step: forward, the mean of the outputs as loss, and backward. Its gradients are made before, so that what is counted above
/// the start is caches, activations, their gradients and temporaries alone.
func measureStep(_ model: some Layer, _ x: Tensor) throws -> StepResult {
  var gradients = Gradients()
  for (_, parameter) in model.parameters { gradients.add(Tensor(zeros: parameter.shape), to: parameter) }
  let (bytes, products, start) = (Memory.liveBytes, Runtime.matrixProducts, ContinuousClock.now)
  Memory.resetPeak()
  let loss = model.accumulateGradients(at: x, into: &gradients) { y in
    (y.mean().item, Tensor(repeating: 1 / Double(y.count), shape: y.shape))
  }
  if let failure = gradients.failure { throw failure }
  return StepResult(
    loss: loss, peakBytes: Memory.peakBytes - bytes, products: Runtime.matrixProducts - products,
    seconds: (ContinuousClock.now - start) / .seconds(1))
}
