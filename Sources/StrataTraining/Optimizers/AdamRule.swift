import CStrataKernels
import Foundation
import StrataTensor

/// What ``Adam`` and ``AdamW`` share: all but where the decay of the weights enters.
package protocol AdamRule: AdamOptions where State == AdamState {
  /// Whether weights decay by themselves, by a factor of 1 − rate · weightDecay, and not as a part of the gradient.
  static var decouplesDecay: Bool { get }
}

extension AdamRule {
  /// One step of one parameter, in one pass over memory.
  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout AdamState, _ step: UpdateStep) {
    let (t, betas, epsilon) = (Double(step.number), step.betas ?? betas, step.epsilon ?? epsilon)
    let options = strata_adam_options(
      step_size: step.learningRate / (1 - pow(betas.0, t)), beta1: betas.0, beta2: betas.1, epsilon: epsilon,
      root_correction: (1 - pow(betas.1, t)).squareRoot(), decay: Self.decouplesDecay ? 0 : step.weightDecay,
      shrink: Self.decouplesDecay ? 1 - step.learningRate * step.weightDecay : 1)
    state.update(&value, along: gradient, options, for: "\(Self.self)")
  }
}
