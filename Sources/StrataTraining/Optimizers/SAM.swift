import StrataLayers
import StrataTensor

/// Sharpness-aware minimization: steps of another optimizer along the gradient at the worst point nearby, which lead to
/// flat minima.
///
/// With g the gradient of the loss by all weights w together, and ρ the radius:
///
/// - ε = ρ g / ‖g‖, or with `isAdaptive` ε = ρ w² ⊙ g / ‖w ⊙ g‖, which no scale of the weights changes
/// - the step is that of `base` along the gradient at w + ε, from w
///
/// ```swift
/// var trainer = Trainer(model, loss: loss, optimizer: SAM(SGD(for: model, learningRate: 0.1, momentum: 0.9)))
/// ```
///
/// A step takes two forward and two backward passes, on the same batch and with the same random numbers. The loss that it
/// returns, and the statistics that layers observe, are those of the first. Gradients are clipped, where a trainer does, in
/// both. A lone ``Optimizer/update(along:)`` is that of `base`.
///
/// Foret, Kleiner, Mobahi and Neyshabur, "Sharpness-Aware Minimization for Efficiently Improving Generalization", 2021;
/// Kwon, Kim, Park and Choi, "ASAM", 2021, for the adaptive form.
public struct SAM<Base: Optimizer>: Optimizer {
  /// What makes the steps.
  public var base: Base

  /// ρ, how far away the gradient is taken.
  public var radius: Double { didSet { requireOptions() } }

  /// Whether the distance counts in parts of each weight.
  public let isAdaptive: Bool

  /// An optimizer that steps as another does along the gradient nearby. 0.05 is a usual radius, 0.5 one of the adaptive
  /// form.
  public init(_ base: Base, radius: Double = 0.05, isAdaptive: Bool = false) {
    (self.base, self.radius, self.isAdaptive) = (base, radius, isAdaptive)
    requireOptions()
  }

  private func requireOptions() { requireOption("SAM: the radius", radius, .notNegative) }

  public var learningRate: Double {
    get { base.learningRate }
    set { base.learningRate = newValue }
  }

  public var weightDecay: Double { base.weightDecay }

  public var slots: Slots<Base.State> {
    get { base.slots }
    set { base.slots = newValue }
  }

  public func update(_ value: inout Tensor, along gradient: Tensor, _ state: inout Base.State, _ step: UpdateStep) {
    base.update(&value, along: gradient, &state, step)
  }

  public func update(
    _ value: inout Tensor, alongRows gradient: RowGradient, _ state: inout Base.State, _ step: UpdateStep
  ) { base.update(&value, alongRows: gradient, &state, step) }

  @discardableResult
  public mutating func step(
    _ evaluate: () throws -> (loss: Double, gradients: Gradients)
  ) throws -> (loss: Double, gradients: Gradients) {
    var ((loss, here), calls) = try RandomCalls.recording(evaluate)
    if let failure = here.failure { throw failure }
    base.dropFrozen(from: &here)
    try here.requireFinite()
    let slopes = here.receivers.map { isAdaptive ? here[$0]! * $0.value : here[$0]! }
    let norm = slopes.norm
    // Where the slope is 0 there is no worst direction.
    guard norm > 0, norm.isFinite, radius > 0 else {
      try base.update(along: here)
      return (loss, here)
    }
    var gradients = try nearby(here, radius / norm) { try calls.replayed(evaluate).gradients }
    gradients.takeObservations(of: here)
    try base.update(along: gradients)
    return (loss, gradients)
  }

  /// Runs `body` with the weights at w + ε. Nobody takes a snapshot meanwhile.
  private func nearby(_ gradients: Gradients, _ scale: Double, _ body: () throws -> Gradients) rethrows -> Gradients {
    let values = gradients.receivers.map(\.value)
    return try ModelSnapshot.changes.share {
      for (parameter, value) in zip(gradients.receivers, values) {
        let direction = isAdaptive ? value * value * gradients[parameter]! : gradients[parameter]!
        parameter.value = value + scale * direction
      }
      defer { for (parameter, value) in zip(gradients.receivers, values) { parameter.value = value } }
      return try body()
    }
  }
}
