import Strata

private func makeModel() -> Sequential {
  Sequential {
    Linear(2, 4); ReLU(); Linear(4, 2)
  }
}
private let dataset = Dataset(inputs: [[0, 1], [1, 0]], labels: Tensor(labels: [0, 1]))

private struct NightlyBackup: Callback {
  func afterEpoch(_ trainer: inout some TrainingLoop) throws {
    try Safetensors.write(trainer.model.state, to: "/no/such/place/model.safetensors")
  }
}

/// A layer that keeps a parameter where no walk finds it.
private struct Hidden: Layer {
  let scale: @Sendable () -> Parameter
  func forward(_ x: Tensor) -> (Tensor, Tensor) { (scale().value * x, x) }
  func backward(_ dy: Tensor, _ x: Tensor, _ gradients: inout Gradients) -> Tensor {
    gradients.add((dy * x).sum(), to: scale())
    return scale().value * dy
  }
}

/// Optimizers, callbacks and steps.
let optimizerMistakes: [Mistake] = [
  Mistake(
    "a trainer with the optimizer of another model",
    """
    Trainer: the optimizer was made for another model; make it for this one: Adam(for: model)
    """
  ) {
    _ = Trainer(makeModel(), loss: SoftmaxCrossEntropy(), optimizer: Adam(for: makeModel()))
  },
  Mistake(
    "a step of the optimizer of another model",
    """
    AdamW: the gradients are of another model than the one that the optimizer was made for; make it for this \
    one: AdamW(for: model)
    """
  ) {
    var optimizer = AdamW(for: makeModel())
    try optimizer.update(along: makeModel().gradients(at: dataset.inputs) { (0, $0) }.gradients)
  },
  Mistake(
    "a parameter that the optimizer does not know",
    """
    a Parameter of shape [] received a gradient but is not among the optimizer's parameters; hold it in a \
    stored property of the model that the optimizer was made for
    """
  ) {
    let scale = Parameter([], initialValue: 1)
    let model = Sequential {
      Linear(2, 2); Hidden { scale }
    }
    var optimizer = Adam(for: model)
    try optimizer.update(along: model.gradients(at: dataset.inputs) { (0, $0) }.gradients)
  },
  Mistake(
    "an optimizer made before the model was converted",
    """
    2.weight is float64, its gradient float64, and the optimizer was made for float32; convert the model \
    first, then make the optimizer and take gradients
    """
  ) {
    let model = makeModel()
    var optimizer = Adam(for: model)
    model.convert(to: .float64)
    let x = dataset.inputs.converted(to: .float64)
    try optimizer.update(along: model.gradients(at: x) { (0, $0) }.gradients)
  },
  Mistake(
    "a model without parameters",
    """
    Sequential has no parameters to optimize
    """
  ) {
    _ = Adam(
      for: Sequential {
        Flatten(); ReLU()
      })
  },
  Mistake(
    "a group with a name of PyTorch",
    """
    ParameterGroup: "fc1.weight" matches no parameter of the model; the nearest path is 0.weight
    """
  ) {
    _ = AdamW(for: makeModel(), groups: [ParameterGroup("fc1.weight", rateFactor: 0.1)])
  },
  Mistake(
    "a learning rate that diverges",
    """
    the gradient of weight is not finite at element 0; no parameter was changed. Lower the learning rate, \
    clip gradients by norm, or look at the inputs for NaN
    """
  ) {
    let model = Linear(2, 2)
    model.weight.value = [[1, 2], [3, 4]]
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: SGD(for: model, learningRate: 1e30), progress: .silent)
    try trainer.fit(Dataset(inputs: [[1, 2]], labels: [[0, 0]]), epochs: 10)
  },
  Mistake(
    "a callback that fails",
    """
    the callback NightlyBackup failed: /no/such/place/model.safetensors: cannot be written: No such file or \
    directory
    """
  ) {
    let model = makeModel()
    var trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), progress: .silent, callbacks: [NightlyBackup()])
    try trainer.fit(dataset, epochs: 1)
  },
  Mistake(
    "a step before the backward of a recomputed layer",
    """
    Checkpoint: 0.weight has changed since the forward pass, so running forward again would not give what \
    the loss saw; run backward before the optimizer's update
    """
  ) {
    let model = Checkpoint {
      Linear(2, 4); ReLU()
    }
    let (y, cache) = model.forward(dataset.inputs)
    var (optimizer, gradients) = (SGD(for: model, learningRate: 0.1), Gradients())
    gradients.add(Tensor(ones: [2, 4]), to: model.parameters[0].parameter)
    try optimizer.update(along: gradients)
    _ = model.backward(y, cache, &gradients)
  },
]
