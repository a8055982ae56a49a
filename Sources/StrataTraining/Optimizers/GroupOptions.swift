/// What groups state for a parameter; nil where none states it.
package struct GroupOptions: Sendable {
  package var rateFactor: Double?
  var schedule: Schedule?
  var weightDecay: Double?
  var betas: (Double, Double)?
  var momentum: Double?
  var epsilon: Double?
  var maximize: Bool?
  var isFrozen: Bool?
  var weightLimit: WeightLimit?

  /// Takes over what another group states.
  mutating func follow(_ group: GroupOptions) {
    rateFactor = group.rateFactor ?? rateFactor
    schedule = group.schedule ?? schedule
    weightDecay = group.weightDecay ?? weightDecay
    betas = group.betas ?? betas
    momentum = group.momentum ?? momentum
    epsilon = group.epsilon ?? epsilon
    maximize = group.maximize ?? maximize
    isFrozen = group.isFrozen ?? isFrozen
    weightLimit = group.weightLimit ?? weightLimit
  }

  /// What is stated of options that not every optimizer has.
  var special: [GroupOption] {
    GroupOption.allCases.filter { option in
      switch option {
      case .betas: betas != nil
      case .momentum: momentum != nil
      case .epsilon: epsilon != nil
      }
    }
  }
}
