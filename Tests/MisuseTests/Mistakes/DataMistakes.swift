import Strata

private let dataset = Dataset(inputs: Tensor(zeros: [4, 2]), labels: Tensor(labels: [0, 1, 0, 1]))

private func trainer(_ model: Sequential = Sequential { Linear(2, 2) }) -> Trainer<
  Sequential, SoftmaxCrossEntropy, Adam
> {
  Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), progress: .silent)
}

/// Data that are missing, do not go together, or do not suit the model.
let dataMistakes: [Mistake] = [
  Mistake(
    "fewer labels than inputs",
    """
    Examples: inputs of shape [4, 2] and labels of shape [2] must have first axes of one length
    """
  ) { _ = Dataset(inputs: Tensor(zeros: [4, 2]), labels: Tensor(labels: [0, 1])) },
  Mistake(
    "no examples to train on",
    """
    there is no batch for training: there are no examples, or fewer than the batch size with \
    keepingRemainder: false
    """
  ) {
    var trainer = trainer()
    try trainer.fit(dataset[0..<0], epochs: 1)
  },
  Mistake(
    "no examples to validate by",
    """
    there is no batch for validation: there are no examples, or fewer than the batch size with \
    keepingRemainder: false
    """
  ) {
    var trainer = trainer()
    let (train, validation) = dataset.split(at: 4)
    try trainer.fit(train, validation: validation, epochs: 1)
  },
  Mistake(
    "a batch larger than the data, without the remainder",
    """
    there is no batch for training: there are no examples, or fewer than the batch size with \
    keepingRemainder: false
    """
  ) {
    var trainer = trainer()
    try trainer.fit(dataset, epochs: 1, batchSize: 64, keepingRemainder: false)
  },
  Mistake(
    "a batch of nothing",
    """
    a batch of 0 examples in epoch 0 is not possible; batches have 1 or more, epochs count from 0
    """
  ) {
    var trainer = trainer()
    try trainer.fit(dataset, epochs: 1, batchSize: 0)
  },
  Mistake(
    "a split beyond the end",
    """
    Examples.split: 4 examples cannot be split at 1000; give 0 to 4
    """
  ) { _ = dataset.split(at: 1000) },
  Mistake(
    "images where the model takes rows",
    """
    0: Linear(2, 2) expects an input of shape […, 2], not [4, 1, 28, 28]; make its input size 28, or the \
    last axis of what comes before 2
    """
  ) {
    var trainer = trainer()
    try trainer.fit(Dataset(inputs: Tensor(zeros: [4, 1, 28, 28]), labels: dataset.labels), epochs: 1)
  },
  Mistake(
    "validation of another width",
    """
    0: Linear(2, 2) expects an input of shape […, 2], not [4, 3]; make its input size 3, or the last axis of \
    what comes before 2
    """
  ) {
    var trainer = trainer()
    try trainer.fit(dataset, validation: Dataset(inputs: Tensor(zeros: [4, 3]), labels: dataset.labels), epochs: 1)
  },
  Mistake(
    "NaN in the data",
    """
    the inputs hold NaN or an infinity in row 1, 3; no parameter was changed. Mend the data or leave these \
    rows out
    """
  ) {
    var trainer = trainer()
    try trainer.fit(
      Dataset(inputs: [[0, 1], [1, .nan], [2, 0], [.infinity, 1]], labels: dataset.labels), epochs: 1)
  },
  Mistake(
    "a last batch of one example for BatchNorm",
    """
    1: BatchNorm(2) expects an input of shape [B, 2, …] with more than one value a channel for training, not \
    [1, 2]; give it larger batches, or leave a smaller last batch out with keepingRemainder: false
    """
  ) {
    var trainer = trainer(
      Sequential {
        Linear(2, 2); BatchNorm(2)
      })
    try trainer.fit(dataset, epochs: 1, batchSize: 3)
  },
  Mistake(
    "words as floating-point numbers",
    """
    Embedding(100, 8) takes int32 indices, not float32: make them with Tensor(labels:) or converted(to: \
    .int32)
    """
  ) { _ = Embedding(100, 8)([1, 2, 3]) },
  Mistake(
    "a vocabulary larger than the table",
    """
    inputs: Embedding(100, 2) has no row 100: indices go from 0 to 99; make the table larger, or mend the \
    data
    """
  ) {
    var trainer = trainer(
      Sequential {
        Embedding(100, 2); MeanOverTime()
      })
    try trainer.fit(
      Dataset(inputs: Tensor(labels: [1, 2, 3, 99, 100, 1, 1, 1]).reshaped(to: [4, 2]), labels: dataset.labels),
      epochs: 1)
  },
  Mistake(
    "words as floating-point numbers in training",
    """
    inputs: Embedding(100, 2) takes int32 indices, not float32: make them with Tensor(labels:) or \
    converted(to: .int32)
    """
  ) {
    var trainer = trainer(
      Sequential {
        Embedding(100, 2); MeanOverTime()
      })
    try trainer.fit(Dataset(inputs: Tensor(zeros: [4, 3]), labels: dataset.labels), epochs: 1)
  },
  Mistake(
    "sequences of two widths",
    """
    PaddedSequences: sequence 1 is float32 of shape [4, 2], number 0 float32 of [5, 3]; let them differ in \
    the first axis alone
    """
  ) {
    _ = PaddedSequences(padding: [Tensor(zeros: [5, 3]), Tensor(zeros: [4, 2])])
  },
  Mistake(
    "predicting for another width",
    """
    0: Linear(2, 2) expects an input of shape […, 2], not [4, 3]; make its input size 3, or the last axis of \
    what comes before 2
    """
  ) { _ = try trainer().predict(Tensor(zeros: [4, 3])) },
  Mistake(
    "a target that the table does not have",
    """
    there is no column "prise" among "price", "city"; did you mean "price"?
    """
  ) {
    let table = Table(["price": .decimals([1, 2]), "city": .text(["Bern", "Basel"])])
    _ = try Preprocessor(fitting: table, target: "prise")
  },
  Mistake(
    "an evaluation on nothing",
    """
    there is no batch for evaluation: there are no examples, or fewer than the batch size with \
    keepingRemainder: false
    """
  ) { _ = try trainer().evaluate(dataset[0..<0]) },
]
