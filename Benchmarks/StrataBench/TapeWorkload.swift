import Strata

extension Workload {
  /// The training step of a two-layer perceptron whose forward is written with variables.
  static func tape(_ name: String, input: Shape, hidden: Int, classes: Int = 10) -> Workload {
    Workload(name) {
      let (first, second) = withSeed(1) { (Linear(input[1], hidden), Linear(hidden, classes)) }
      var batches = BatchCycle(input, classes: classes)
      var optimizer = Adam(for: Sequential([first, second]))
      let loss = SoftmaxCrossEntropy()
      func affine(_ x: Variable, _ layer: Linear) -> Variable {
        matmul(x, layer.weight.variable) + layer.bias!.variable
      }
      return {
        let batch = batches.next()
        let (_, gradients) = gradients {
          loss(affine(relu(affine(Variable(batch.inputs), first)), second), batch.labels)
        }
        try optimizer.update(along: gradients)
      }
    }
  }
}
