import StrataTensor

/// The options that Adam and its kin share, and what they may be.
package protocol AdamOptions: Optimizer {
  var betas: (Double, Double) { get }
  var epsilon: Double { get }
}

extension AdamOptions {
  /// Stops the program where an option has no meaning.
  func requireOptions() {
    require(
      areNotNegative(learningRate, epsilon, weightDecay) && 0..<1 ~= betas.0 && 0..<1 ~= betas.1,
      "\(Self.self): learningRate \(learningRate), epsilon \(epsilon) and weightDecay \(weightDecay) must be finite and "
        + "not negative, and betas \(betas) must lie in 0..<1")
  }
}
