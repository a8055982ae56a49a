/// A plan with what it needs and costs.
struct PlannedChain {
  let plan: CheckpointPlan
  let peakBytes: Int
  let extraProducts: Int
  let extraMultiplyAdds: Int
  /// What plans are compared by.
  let cost: Int

  init(_ plan: CheckpointPlan, _ facts: [LayerFacts]) {
    let times = plan.recomputations(count: facts.count)
    func total(_ property: (LayerFacts) -> Int) -> Int {
      zip(times, facts).reduce(0) { $0 + $1.0 * property($1.1) }
    }
    self.plan = plan
    peakBytes = ChainSimulation.peakBytes(of: plan, facts)
    extraProducts = total(\.products)
    extraMultiplyAdds = total(\.multiplyAdds)
    cost = total(\.cost)
  }

  var forecast: CheckpointForecast {
    CheckpointForecast(peakBytes: peakBytes, extraProducts: extraProducts, extraMultiplyAdds: extraMultiplyAdds)
  }
}
