import Strata

private func makeModel(hidden: Int = 4) -> Sequential {
  Sequential {
    Linear(3, hidden)
    ReLU()
    Linear(hidden, 2)
  }
}

/// States that belong to something else.
let loadingMistakes: [Mistake] = [
  Mistake(
    "the weights of another width",
    """
    the state does not fit the model, which must be made as the saved one was; nothing was loaded
      0.weight: the model has shape [3, 4], the state [3, 5]
      0.bias: the model has shape [4], the state [5]
      2.weight: the model has shape [4, 2], the state [5, 2]
    """
  ) { try makeModel().load(makeModel(hidden: 5).state) },
  Mistake(
    "the weights of PyTorch",
    """
    the state does not fit the model, which must be made as the saved one was; nothing was loaded
      weight: the model has shape [3, 4], the state [4, 3]; weights are [in, out] here, and load(pytorch:) takes those of PyTorch
    """
  ) {
    try Linear(3, 4).load(["weight": Tensor(zeros: [4, 3]), "bias": Tensor(zeros: [4])])
  },
  Mistake(
    "the names of PyTorch",
    """
    the state does not fit the model, which must be made as the saved one was; nothing was loaded
      missing: 0.weight
      missing: 0.bias
      unexpected: fc1.bias (the nearest is 0.bias)
      unexpected: fc1.weight (the nearest is 0.weight)
    """
  ) {
    try Sequential { Linear(3, 4) }.load(["fc1.weight": Tensor(zeros: [3, 4]), "fc1.bias": Tensor(zeros: [4])])
  },
  Mistake(
    "the state of an optimizer for a model",
    """
    the state does not fit the model, which must be made as the saved one was; nothing was loaded
      missing: weight
      missing: bias
      unexpected: bias.momentum
      unexpected: bias.step
      unexpected: stepsDone
      unexpected: weight.momentum
      unexpected: weight.step (the nearest is weight)
    """
  ) { try Linear(3, 4).load(SGD(for: Linear(3, 4), learningRate: 1, momentum: 0.9).state) },
  Mistake(
    "the state of a model for an optimizer",
    """
    the state does not fit the optimizer, which must be made as the saved one was; nothing was loaded
      missing: weight.step
      missing: weight.momentum
      missing: bias.step
      missing: bias.momentum
      unexpected: bias
      unexpected: weight (the nearest is weight.step)
    """
  ) {
    var optimizer = SGD(for: Linear(3, 4), learningRate: 1, momentum: 0.9)
    try optimizer.load(Linear(3, 4).state)
  },
  Mistake(
    "the state of another optimizer",
    """
    the state does not fit the optimizer, which must be made as the saved one was; nothing was loaded
      missing: weight.momentum
      unexpected: weight.mean (the nearest is weight.step)
      unexpected: weight.square (the nearest is weight.step)
    """
  ) {
    var optimizer = SGD(for: Linear(3, 4, bias: false), learningRate: 1, momentum: 0.9)
    try optimizer.load(Adam(for: Linear(3, 4, bias: false)).state)
  },
  Mistake(
    "a deep model's weights",
    """
    the state does not fit the model, which must be made as the saved one was; nothing was loaded
      unexpected: 1.bias (the nearest is 0.bias)
      unexpected: 1.weight (the nearest is 0.weight)
      unexpected: 10.bias (the nearest is 0.bias)
      unexpected: 10.weight (the nearest is 0.weight)
      unexpected: 11.bias (the nearest is 0.bias)
      unexpected: 11.weight (the nearest is 0.weight)
      unexpected: 12.bias (the nearest is 0.bias)
      unexpected: 12.weight (the nearest is 0.weight)
      unexpected: 13.bias (the nearest is 0.bias)
      unexpected: 13.weight (the nearest is 0.weight)
      and 28 more
    """
  ) {
    try Sequential { Linear(2, 2) }.load(Sequential { for _ in 0..<20 { Linear(2, 2) } }.state)
  },
  Mistake(
    "the names of a model of PyTorch's that are not given",
    """
    PyTorch's state does not fit the model; nothing was loaded
      missing: 0.weight
      missing: 0.bias
      unexpected: fc1.bias (the nearest is 0.bias)
      unexpected: fc1.weight (the nearest is 0.weight)
      where names differ, say so: renaming: ["0": "encoder"]
    """
  ) {
    try Sequential { Linear(3, 4) }.load(
      pytorch: ["fc1.weight": Tensor(zeros: [4, 3]), "fc1.bias": Tensor(zeros: [4])])
  },
  Mistake(
    "the weights of Strata as those of PyTorch",
    """
    PyTorch's state does not fit the model; nothing was loaded
      weight: the model has shape [4, 3], the state [3, 4]; PyTorch's weights are [out, in], and load(_:) takes a state of Strata
    """
  ) { try Linear(3, 4).load(pytorch: Linear(3, 4).state) },
]
