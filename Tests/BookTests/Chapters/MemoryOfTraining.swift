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

  print("Adam keeps", plan.optimizerBytes / plan.parameterBytes, "times the parameters")

  let kind = 8192.0 * 8192 * 80 * 2
  print(String(format: "%.1f GB", kind / 1e9))

  let parts = [2, 2, 8, 4].map { 7 * $0 }
  print(parts, parts.reduce(0, +), "GB")
}
