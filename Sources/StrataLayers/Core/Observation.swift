import StrataTensor

extension Gradients {
  /// A value that a layer observed in one batch.
  package struct Observation: Sendable {
    package let statistic: Statistic
    package let value: Tensor
    let momentum: Momentum
  }

  /// What an observation counts in its statistic.
  enum Momentum: Sendable {
    case fixed(Double)
    /// As much as each one before, whose number is counted: the statistic is their mean.
    case mean(count: Statistic)
  }

  /// Notes a batch's value of a statistic; when the gradients are applied, the statistic becomes
  /// (1 − momentum) · old + momentum · value.
  public mutating func observe(_ value: Tensor, for statistic: Statistic, momentum: Double) {
    require(
      value.shape == statistic.shape,
      "gradients.observe: a value of shape \(value.shape) does not fit \(statistic.name), "
        + "whose shape is \(statistic.shape)")
    requireOption("gradients.observe: momentum", momentum, .fraction)
    if discards { return }
    observations.append(Observation(statistic: statistic, value: value, momentum: .fixed(momentum)))
  }

  /// Notes a batch's value of a statistic that is the mean of all values so far, whose number `count` holds.
  mutating func observe(_ value: Tensor, for statistic: Statistic, countedBy count: Statistic) {
    if discards { return }
    observations.append(Observation(statistic: statistic, value: value, momentum: .mean(count: count)))
  }

  /// Puts the observations after the first `count` in the order of the forward pass: a backward pass reaches
  /// the layers, and so a layer used twice, from last to first.
  package mutating func closePass(after count: Int) { observations[count...].reverse() }

  /// Replaces the observations by those of another pass.
  package mutating func takeObservations(of other: Gradients) { observations = other.observations }

  /// Moves every observed statistic.
  package func applyObservations() {
    var times: [ObjectIdentifier: Double] = [:]
    var counts: [ObjectIdentifier: (count: Statistic, number: Double)] = [:]
    for observation in observations {
      let momentum: Double
      switch observation.momentum {
      case .fixed(let share): momentum = share
      case .mean(let count):
        let number = times[ObjectIdentifier(observation.statistic), default: 0] + 1
        times[ObjectIdentifier(observation.statistic)] = number
        counts[ObjectIdentifier(count)] = (count, number)
        momentum = 1 / (count.value.item + number)
      }
      // Into fresh memory: a model that answers on another thread may still read the old numbers.
      observation.statistic.box.update { $0 = (1 - momentum) * $0 + momentum * observation.value }
    }
    for (count, number) in counts.values { count.box.update { $0 = $0 + number } }
  }
}
