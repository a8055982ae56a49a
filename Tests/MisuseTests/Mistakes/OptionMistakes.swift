import Strata

private let model = Linear(2, 2)
private let dataset = Dataset(inputs: Tensor(zeros: [4, 2]), labels: Tensor(labels: [0, 1, 0, 1]))

/// Options outside their meaning.
let optionMistakes: [Mistake] = [
  Mistake(
    "dropout in per cent",
    """
    Dropout(50.0): the rate is a probability, from 0 to 1
    """
  ) { _ = Dropout(50) },
  Mistake(
    "a layer without outputs",
    """
    Linear(784, 0): both sizes must be positive
    """
  ) { _ = Linear(784, 0) },
  Mistake(
    "label smoothing in per cent",
    """
    SoftmaxCrossEntropy: labelSmoothing 10.0 must lie in 0...1
    """
  ) { _ = SoftmaxCrossEntropy(labelSmoothing: 10) },
  Mistake(
    "a negative learning rate",
    """
    Adam: learningRate -0.001, epsilon 1e-08 and weightDecay 0.0 must be finite and not negative, and betas \
    (0.9, 0.999) must lie in 0..<1
    """
  ) { _ = Adam(for: model, learningRate: -1e-3) },
  Mistake(
    "a decay rate of 1",
    """
    Adam: learningRate 0.001, epsilon 1e-08 and weightDecay 0.0 must be finite and not negative, and betas \
    (0.9, 1.0) must lie in 0..<1
    """
  ) { _ = Adam(for: model, betas: (0.9, 1)) },
  Mistake(
    "Nesterov's form without momentum",
    """
    SGD: Nesterov's form needs momentum and no dampening; give momentum: 0.9
    """
  ) { _ = SGD(for: model, learningRate: 0.1, nesterov: true) },
  Mistake(
    "patience without validation",
    """
    fit: patience needs validation examples to judge by; give validation:
    """
  ) {
    var trainer = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), progress: .silent)
    try trainer.fit(dataset, epochs: 1, patience: 3)
  },
  Mistake(
    "a schedule and a plateau",
    """
    Trainer: a schedule sets the learning rate before each step, so a plateau cannot lower it; give one
    """
  ) {
    _ = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), schedule: .cosine(from: 0.1, steps: 10),
      plateau: ReduceOnPlateau())
  },
  Mistake(
    "a factor of plateau above 1",
    """
    ReduceOnPlateau: factor 10.0 must lie in 0..<1, and patience 10 and cooldown 0 must not be negative
    """
  ) { _ = ReduceOnPlateau(factor: 10) },
  Mistake(
    "a cosine over no steps",
    """
    Schedule.cosine: a length of 0 is not possible; give 1 or more
    """
  ) { _ = Schedule.cosine(from: 0.1, steps: 0) },
  Mistake(
    "a schedule in epochs for single steps",
    """
    Schedule: lengths in epochs need the number of steps an epoch has, which is not known; train on data \
    that know their count, or give lengths in steps
    """
  ) {
    var trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), schedule: .cosine(from: 0.1, epochs: 3),
      progress: .silent)
    try trainer.step(on: dataset.batches(of: 4)[0])
  },
  Mistake(
    "a limit of clipping of 0",
    """
    clip(globalNorm:): the limit must be positive, not 0.0
    """
  ) {
    var gradients = Gradients()
    try gradients.clip(globalNorm: 0)
  },
  Mistake(
    "no workers",
    """
    Runtime.workers must be from 1 to 1024, not 0
    """
  ) { Runtime.workers = 0 },
  Mistake(
    "a kernel without a stride",
    """
    Conv2D: kernel 3 and stride 0 must be positive, padding 0 not negative, and none may be above 1048576
    """
  ) { _ = Conv2D(1, 8, kernel: 3, stride: 0) },
  Mistake(
    "padding beyond half a window",
    """
    MaxPool2D: padding 2 must be at most half of kernel 2
    """
  ) { _ = MaxPool2D(kernel: 2, padding: 2) },
]
