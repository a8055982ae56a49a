import Strata
import StrataTesting

/// An optimizer under test.
struct OptimizerEntry: Sendable, CustomStringConvertible {
  /// The name of the type in the sources.
  let type: String
  let description: String
  let check: @Sendable () throws -> ConformanceReport

  init<O: Optimizer>(
    _ options: String = "", skipping: [OptimizerCheck: String] = [:], _ make: @escaping @Sendable (Sequential) -> O
  ) {
    type = String("\(O.self)".prefix { $0 != "<" })
    description = type + options
    check = { try checkOptimizer(skipping: skipping, make) }
  }
}

/// Every optimizer of Strata, with the options that change its maths.
let optimizerRegistry: [OptimizerEntry] = [
  OptimizerEntry { SGD(for: $0, learningRate: 0.01) },
  OptimizerEntry("(momentum)") { SGD(for: $0, learningRate: 0.01, momentum: 0.9, dampening: 0.1, weightDecay: 0.01) },
  OptimizerEntry("(nesterov)") { SGD(for: $0, learningRate: 0.01, momentum: 0.9, nesterov: true) },
  OptimizerEntry { Adam(for: $0, learningRate: 0.01) },
  OptimizerEntry("(amsgrad)") { Adam(for: $0, learningRate: 0.01, weightDecay: 0.01, amsgrad: true) },
  OptimizerEntry { AdamW(for: $0, learningRate: 0.01) },
  OptimizerEntry("(amsgrad)") { AdamW(for: $0, learningRate: 0.01, betas: (0.8, 0.9), amsgrad: true) },
  OptimizerEntry { RMSProp(for: $0) },
  OptimizerEntry("(centered, momentum)") {
    RMSProp(for: $0, learningRate: 1e-3, weightDecay: 0.01, momentum: 0.9, centered: true)
  },
  OptimizerEntry { Adagrad(for: $0, weightDecay: 0.01) },
  OptimizerEntry { SparseAdam(for: $0, learningRate: 0.01) },
  OptimizerEntry { Adadelta(for: $0, weightDecay: 0.01) },
  OptimizerEntry { NAdam(for: $0) },
  OptimizerEntry { RAdam(for: $0, betas: (0.8, 0.9)) },
  OptimizerEntry { Lion(for: $0) },
  OptimizerEntry { Rprop(for: $0) },
  OptimizerEntry { LAMB(for: $0, weightDecay: 0.01) },
  OptimizerEntry { Muon(for: $0) },
  OptimizerEntry { SAM(SGD(for: $0, learningRate: 0.01, momentum: 0.9)) },
  OptimizerEntry("(adaptive)") { SAM(Adam(for: $0, learningRate: 0.01), radius: 0.5, isAdaptive: true) },
  OptimizerEntry(
    skipping: [
      .rate: "it has no groups", .independence: "one estimate is of all parameters together",
      .singlePrecision: "random gradients are those of no loss, whose curvature would be estimated",
    ]
  ) { LBFGS(for: $0, learningRate: 0.1, iterations: 4, searchesLine: false) },
]
