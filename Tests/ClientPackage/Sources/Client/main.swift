import Strata

let model = withSeed(1) { Sequential([Linear(2, 8), Tanh(), Linear(8, 2)]) }
var optimizer = Adam(for: model, learningRate: 0.05)
let (x, labels): (Tensor, Tensor) = ([[0, 0], [0, 1], [1, 0], [1, 1]], Tensor(labels: [0, 1, 1, 0]))
for _ in 0..<200 {
  let (_, gradients) = model.gradients(at: x) { SoftmaxCrossEntropy().evaluate($0, labels) }
  try optimizer.update(along: gradients)
}
precondition(model(x).argmax() == labels, "exclusive or was not learnt")
print("Exclusive or, learnt:", model(x).argmax())
