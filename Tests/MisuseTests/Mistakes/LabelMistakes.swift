import Strata

private let model = Linear(2, 3)
private let inputs = Tensor(zeros: [4, 2])

private func fit(_ labels: Tensor, _ loss: some Loss, outputs: Int = 3) throws {
  let model = Linear(2, outputs)
  var trainer = Trainer(model, loss: loss, optimizer: SGD(for: model, learningRate: 0.1), progress: .silent)
  try trainer.fit(Dataset(inputs: inputs, labels: labels), epochs: 1)
}

/// Labels and targets that a loss or a metric cannot take.
let labelMistakes: [Mistake] = [
  Mistake(
    "classes that count from 1",
    """
    SoftmaxCrossEntropy: class index 3 is out of range for 3 classes; indices go from 0 to 2, one for each \
    output of the last layer
    """
  ) { try fit(Tensor(labels: [1, 2, 3, 1]), SoftmaxCrossEntropy()) },
  Mistake(
    "classes as floating-point numbers",
    """
    SoftmaxCrossEntropy: soft targets must be of the logits' shape [4, 3], not [4]; class indices must be \
    int32: make them with Tensor(labels:) or converted(to: .int32)
    """
  ) { try fit([0, 1, 2, 0], SoftmaxCrossEntropy()) },
  Mistake(
    "classes in a column",
    """
    SoftmaxCrossEntropy: logits of shape [4, 3] need class indices of shape [4], not [4, 1]; use \
    target.reshaped(to: [4])
    """
  ) {
    try fit(Tensor(labels: [0, 1, 2, 0]).reshaped(to: [4, 1]), SoftmaxCrossEntropy())
  },
  Mistake(
    "padding of PyTorch's -100",
    """
    SoftmaxCrossEntropy: class index -100 is out of range for 3 classes; leave padding out with \
    ignoredIndex: -100
    """
  ) { try fit(Tensor(labels: [0, 1, -100, 0]), SoftmaxCrossEntropy()) },
  Mistake(
    "two classes for a single output",
    """
    SoftmaxCrossEntropy: class index 1 is out of range for 1 classes; for a single output use \
    BinaryCrossEntropyWithLogits
    """
  ) {
    try fit(Tensor(labels: [0, 1, 1, 0]), SoftmaxCrossEntropy(), outputs: 1)
  },
  Mistake(
    "targets without the axis of the output",
    """
    MeanSquaredError: an output of shape [4, 1] needs a target of the same shape, not [4], for nothing is \
    broadcast; use target.reshaped(to: [4, 1])
    """
  ) { try fit([0, 1, 2, 0], MeanSquaredError(), outputs: 1) },
  Mistake(
    "targets of another width",
    """
    MeanSquaredError: an output of shape [4, 3] needs a target of the same shape, not [4, 2], for nothing is \
    broadcast; give the last layer as many outputs as the target has
    """
  ) { try fit(Tensor(zeros: [4, 2]), MeanSquaredError()) },
  Mistake(
    "classes for a regression",
    """
    MeanSquaredError: the target must be floating-point, not int32: convert it with converted(to: .float32); \
    class indices are for SoftmaxCrossEntropy
    """
  ) { try fit(Tensor(labels: [0, 1, 2, 0]), MeanSquaredError()) },
  Mistake(
    "targets in another precision",
    """
    MeanSquaredError: the output is float32, the target float64; convert one with converted(to:)
    """
  ) {
    _ = MeanSquaredError()(Tensor(zeros: [4, 1]), Tensor(zeros: [4, 1], dtype: .float64))
  },
  Mistake(
    "binary targets of -1 and 1",
    """
    BinaryCrossEntropyWithLogits: targets must lie in 0...1, and these go from -1.0 to 1.0; scale them
    """
  ) {
    try fit([[-1], [1], [1], [-1]], BinaryCrossEntropyWithLogits(), outputs: 1)
  },
  Mistake(
    "binary targets as classes",
    """
    BinaryCrossEntropyWithLogits: the target must be floating-point, not int32: convert it with \
    converted(to: .float32); class indices are for SoftmaxCrossEntropy
    """
  ) {
    try fit(Tensor(labels: [0, 1, 1, 0]), BinaryCrossEntropyWithLogits(), outputs: 1)
  },
  Mistake(
    "a divergence from classes",
    """
    KullbackLeiblerDivergence: the target must be floating-point, not int32: convert it with converted(to: \
    .float32); class indices are for SoftmaxCrossEntropy
    """
  ) { try fit(Tensor(labels: [0, 1, 2, 0]), KullbackLeiblerDivergence()) },
  Mistake(
    "weights for other classes",
    """
    SoftmaxCrossEntropy: 2 class weights do not fit 3 classes
    """
  ) {
    try fit(Tensor(labels: [0, 1, 2, 0]), SoftmaxCrossEntropy(classWeights: [1, 2]))
  },
  Mistake(
    "the accuracy of one-hot labels",
    """
    accuracy: logits of float32 [4, 3] need int32 labels of the same shape without its last axis, not \
    float32 [4, 3]
    """
  ) { _ = accuracy(model(inputs), Tensor(zeros: [4, 3])) },
  Mistake(
    "a confusion matrix of floating-point classes",
    """
    ConfusionMatrix: labels float32 [4] do not go together with logits float32 [4, 3]; give int32 labels of \
    their shape without the last axis, or targets 0 and 1 of their shape
    """
  ) {
    _ = ConfusionMatrix(logits: model(inputs), labels: [0, 1, 2, 0])
  },
]
