import Strata
import StrataTensor

/// A model with one number.
private struct Weight: Layer {
  let w: Parameter
  func forward(_ x: consuming Tensor) -> (Tensor, Tensor) { (x, x) }
  func backward(_ dy: consuming Tensor, _ cache: consuming Tensor, _ gradients: inout Gradients) -> Tensor { dy }
}

/// One step of Adam and AdamW from a given state, with gradients whose squares exceed float32.
let optimizerCases: [EdgeCase] = ["adam", "adamw"].flatMap { rule in
  EdgeReferences.tensors.keys.filter { $0.hasPrefix(rule + ".") }.sorted().flatMap { name in
    DType.precisions.map { dtype in
      let numbers = EdgeReferences.numbers(name)
      // From 0 the weight equals the update, which would be lost beside 1.
      return EdgeCase("\(name), \(dtype)", .ulps(numbers[0] == 0 ? 8 : 1, dtype)) {
        ([try weight(after: rule, numbers, dtype)], [numbers[5]])
      }
    }
  }
}

private func weight(after rule: String, _ numbers: [Double], _ dtype: DType) throws -> Double {
  func tensor(_ number: Double) -> Tensor { Tensor([number]).converted(to: dtype) }
  let model = Weight(w: Parameter(tensor(numbers[0])))
  var gradients = Gradients()
  gradients.add(tensor(numbers[1]), to: model.w)
  let past = [
    "w.mean": tensor(numbers[2]), "w.square": tensor(numbers[3]), "w.step": Tensor([Int32(numbers[4]) - 1]),
  ]
  func step(_ optimizer: some Optimizer) throws {
    var optimizer = optimizer
    try optimizer.load(past)
    try optimizer.update(along: gradients)
  }
  if rule == "adam" { try step(Adam(for: model)) } else { try step(AdamW(for: model)) }
  return model.w.value.item
}
