import Strata

private let model = Sequential {
  Linear(784, 128)
  ReLU()
  Linear(64, 10)
}

/// Tensors and layers whose shapes do not go together.
let shapeMistakes: [Mistake] = [
  Mistake(
    "layers that do not chain",
    """
    in layer 2: Linear(64, 10) expects an input of shape […, 64], not [32, 128]; make its input size 128, or \
    the last axis of what comes before 64
    """
  ) { _ = model(Tensor(zeros: [32, 784])) },
  Mistake(
    "layers that do not chain, found before training",
    """
    2: Linear(64, 10) expects an input of shape […, 64], not [32, 128]; make its input size 128, or the last \
    axis of what comes before 64
    """
  ) { try model.validate(input: [32, 784]) },
  Mistake(
    "images without Flatten",
    """
    Linear(784, 10) expects an input of shape […, 784], not [32, 28, 28]; put Flatten() before it
    """
  ) { _ = Linear(784, 10)(Tensor(zeros: [32, 28, 28])) },
  Mistake(
    "one example without a batch axis",
    """
    Linear(784, 10) expects an input of shape […, 784], not [784]; the batch axis is missing: give a single \
    example the shape [1, 784]
    """
  ) { _ = Linear(784, 10)(Tensor(zeros: [784])) },
  Mistake(
    "channels last",
    """
    Conv2D(1, 8, kernel: 3) expects an input of shape [B, 1, H, W], not [32, 28, 28, 1]; it seems to have \
    its channels last: put them second
    """
  ) { _ = Conv2D(1, 8, kernel: 3)(Tensor(zeros: [32, 28, 28, 1])) },
  Mistake(
    "images without a channel axis",
    """
    Conv2D(1, 8, kernel: 3) expects an input of shape [B, 1, H, W], not [32, 28, 28]; give it images batch \
    first and channels second: reshaped(to: [32, 1, 28, 28])
    """
  ) { _ = Conv2D(1, 8, kernel: 3)(Tensor(zeros: [32, 28, 28])) },
  Mistake(
    "another number of channels",
    """
    Conv2D(1, 8, kernel: 3) expects an input of shape [B, 1, H, W], not [32, 3, 28, 28]; make its input \
    channels the 3 of what comes before
    """
  ) { _ = Conv2D(1, 8, kernel: 3)(Tensor(zeros: [32, 3, 28, 28])) },
  Mistake(
    "a kernel larger than the image",
    """
    Conv2D(1, 8, kernel: 5) expects an input of shape [B, 1, at least 5, at least 5], not [32, 1, 3, 3]; the \
    window is larger than the image: give it a smaller kernel or more padding
    """
  ) { _ = Conv2D(1, 8, kernel: 5)(Tensor(zeros: [32, 1, 3, 3])) },
  Mistake(
    "normalization of another width",
    """
    BatchNorm(64) expects an input of shape [B, 64, …], not [32, 128]; make its channels those of axis 1
    """
  ) { _ = BatchNorm(64)(Tensor(zeros: [32, 128])) },
  Mistake(
    "batch normalization of one example",
    """
    BatchNorm(64): training needs more than one value a channel, and an input of shape [1, 64] has 1; give \
    it larger batches, or call layer(x) for inference
    """
  ) { _ = BatchNorm(64).forward(Tensor(zeros: [1, 64])) },
  Mistake(
    "a sequence without a time axis",
    """
    Recurrent(LSTMCell(8, 16)) expects an input of shape [B, T, 8], not [32, 8]; give it a batch of \
    sequences of rows of 8 numbers
    """
  ) { _ = Recurrent(LSTMCell(8, 16))(Tensor(zeros: [32, 8])) },
  Mistake(
    "features of another width in a sequence",
    """
    Recurrent(GRUCell(8, 16)) expects an input of shape [B, T, 8], not [32, 5, 7]; make its input size the \
    last axis of what comes before, and give it a step of time at least
    """
  ) { _ = Recurrent(GRUCell(8, 16))(Tensor(zeros: [32, 5, 7])) },
  Mistake(
    "a residual branch that changes the width",
    """
    Residual adds what its layers make, [4, 16], to its input, [4, 8]; end them in the shape of the input
    """
  ) {
    _ = Residual { Linear(8, 16) }(Tensor(zeros: [4, 8]))
  },
  Mistake(
    "a reshape of another size",
    """
    reshaped: [32, 28, 28] has 25088 elements, [32, 700] 22400
    """
  ) { _ = Tensor(zeros: [32, 28, 28]).reshaped(to: [32, 700]) },
  Mistake(
    "a sum of shapes that do not broadcast",
    """
    +: shapes [32, 10] and [32] do not broadcast; aligned at their last axes, lengths must be equal or 1, \
    not 10 and 32; reshape one
    """
  ) { _ = Tensor(zeros: [32, 10]) + Tensor(zeros: [32]) },
  Mistake(
    "a product of matrices that do not fit",
    """
    matmul: [32, 784] · [10, 784]: the inner lengths 784 and 10 differ; is the second to be transposed?
    """
  ) { _ = matmul(Tensor(zeros: [32, 784]), Tensor(zeros: [10, 784])) },
  Mistake(
    "a product with a vector",
    """
    matmul: needs matrices, not shapes [32, 784] and [784]; reshape a vector to [1, n] or [n, 1]
    """
  ) { _ = matmul(Tensor(zeros: [32, 784]), Tensor(zeros: [784])) },
  Mistake(
    "an index beyond the end",
    """
    subscript: index 3 is out of range for axis 0 of [3, 2], 0..<3
    """
  ) { _ = Tensor(zeros: [3, 2])[3] },
  Mistake(
    "an axis beyond the last",
    """
    axis 2 is out of range for shape [3, 2], which has 2 axes
    """
  ) { _ = Tensor(zeros: [3, 2]).sum(along: 2) },
  Mistake(
    "joining rows of two widths",
    """
    concatenating: float32 of shape [3, 4] does not continue float32 of shape [3, 2] along axis 0; all other \
    axes must agree
    """
  ) {
    _ = Tensor(concatenating: [Tensor(zeros: [3, 2]), Tensor(zeros: [3, 4])])
  },
  Mistake(
    "a literal with rows of two lengths",
    """
    tensor literal: row 1 has shape [1], row 0 has [2]; give all one shape
    """
  ) { _ = [[1, 2], [3]] as Tensor },
  Mistake(
    "an array for another shape",
    """
    5 elements cannot fill shape [2, 3], which has 6
    """
  ) { _ = Tensor([1, 2, 3, 4, 5], shape: [2, 3]) },
  Mistake(
    "the item of many",
    """
    item reads a tensor of one element; this one has shape [3]
    """
  ) { _ = Tensor(zeros: [3]).item },
  Mistake(
    "two precisions in one sum",
    """
    +: one operand is float32, the other float64; convert one with converted(to:)
    """
  ) { _ = Tensor(zeros: [2]) + Tensor(zeros: [2], dtype: .float64) },
  Mistake(
    "two precisions in a layer",
    """
    Linear(2, 2): the input is float64, the parameters are float32; convert the input with converted(to:), \
    or the model with convert(to:)
    """
  ) { _ = Linear(2, 2)(Tensor(zeros: [1, 2], dtype: .float64)) },
  Mistake(
    "integers in a layer",
    """
    Linear(2, 2): the input is int32, the parameters are float32; convert the input with converted(to:), or \
    the model with convert(to:)
    """
  ) { _ = Linear(2, 2)(Tensor(labels: [1, 2]).reshaped(to: [1, 2])) },
  Mistake(
    "a summary for another input",
    """
    Linear(784, 10) expects an input of shape […, 784], not [32, 28, 28]; put Flatten() before it
    """
  ) { _ = try Linear(784, 10).summary(input: [32, 28, 28]) },
]
