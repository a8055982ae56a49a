import Foundation
import Strata

func memoryOfTraining(_ print: Printer) throws {
  let model = Sequential { for _ in 0..<16 { Linear(64, 64); Tanh() } }
  let plan = try model.memoryPlan(
    input: [128, 64], optimizer: Adam(for: model), strategies: [.squareRoot])
  let output = 128 * 64 * 4
  print("the output of a layer:", output, "bytes")
  for row in plan.strategies {
    print(row.strategy, row.cachedBytes / output, "outputs,", row.extraProducts, "products")
  }
  print("forward twice:", String(format: "%.2f", 4.0 / 3), "of the time")

  let normed = Sequential { for _ in 0..<16 { Linear(64, 64); LayerNorm(64); GELU() } }
  let products = CheckpointStrategy.selective { $0 is Linear }
  let selective = try normed.memoryPlan(input: [128, 64], optimizer: Adam(for: normed), strategies: [products])
  for row in selective.strategies.prefix(2) {
    print(row.strategy, row.cachedBytes / output, "outputs,", row.extraProducts, "products")
  }
  let halves = Reversible {
    for _ in 0..<16 {
      Sequential {
        Linear(32, 32)
        Tanh()
      }
    }
  }
  let reversible = try halves.memoryPlan(input: [128, 64], optimizer: Adam(for: halves))
  print("Reversible", reversible.strategies[0].cachedBytes / output, "output")

  print("Adam keeps", plan.optimizerBytes / plan.parameterBytes, "times the parameters")

  let kind = 8192.0 * 8192 * 80 * 2
  print(String(format: "%.1f GB", kind / 1e9))

  let parts = [2, 2, 8, 4].map { 7 * $0 }
  print(parts, parts.reduce(0, +), "GB")
}
