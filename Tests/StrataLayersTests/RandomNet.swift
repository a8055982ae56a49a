import Strata

/// A net of random layers from [B, 8] to [B, 8], including batch statistics, dropout, tied layers, recurrence and
/// containers.
func randomNet(seed: UInt64) -> Sequential {
  withSeed(seed) {
    var generator = RandomGenerator(seed: seed, stream: 1 << 50)
    let shared = Linear(8, 8)
    let norm = BatchNorm(8)
    var layers: [any Layer] = [shared]
    for _ in 0..<Int.random(in: 3...8, using: &generator) {
      switch Int.random(in: 0..<11, using: &generator) {
      case 0: layers.append(Linear(8, 8))
      case 1: layers.append(ReLU())
      case 2: layers.append(BatchNorm(8))
      case 3: layers.append(Dropout(0.3))
      case 4: layers += [Tanh(), shared]
      case 5: layers += [Reshape([2, 4]), Recurrent(LSTMCell(4, 8), returning: .lastStep)]
      case 6:
        layers.append(
          Residual {
            Linear(8, 8); GELU(); Dropout(0.2)
          })
      case 7: layers.append(norm)
      case 8: layers.append(TiedLinear(transposing: shared.weight))
      case 9:
        layers.append(
          Checkpoint {
            Linear(8, 8); Dropout(0.5); BatchNorm(8)
          })
      default: layers += [LayerNorm(8), GELU()]
      }
    }
    return Sequential(layers)
  }
}

/// The results of a training step: the output, the gradients and the updated statistics.
struct StepResult {
  let tensors: [(name: String, tensor: Tensor)]

  /// Runs one step and restores the model.
  init(of model: some Layer, at x: Tensor, wantsInput: Bool) throws {
    let before = model.state
    var tensors: [(name: String, tensor: Tensor)] = []
    let (y, cache) = model.forward(x)
    var gradients = Gradients()
    if wantsInput {
      tensors.append(("dx", model.backward(y, cache, &gradients)))
    } else {
      model.accumulate(y, cache, &gradients)
    }
    tensors.append(("y", y))
    for (path, parameter) in model.parameters {
      if let gradient = gradients[parameter] { tensors.append((path, gradient)) }
    }
    gradients.applyObservations()
    for (path, tensor) in model.state.sorted(by: { $0.key < $1.key }) { tensors.append((path, tensor)) }
    self.tensors = tensors
    try model.load(before)
  }

  /// Returns the names of the tensors that differ in any bit.
  func differences(from other: StepResult) -> [String] {
    guard tensors.map(\.name) == other.tensors.map(\.name) else { return ["names"] }
    return zip(tensors, other.tensors).filter { !$0.tensor.isIdentical(to: $1.tensor) }.map(\.0.name)
  }
}
