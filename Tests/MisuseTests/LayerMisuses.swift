import Strata
import StrataTensor

private let matrix = Tensor(zeros: [2, 4])
private let images = Tensor(zeros: [1, 2, 4, 4])

/// A layer that contains itself.
private final class Ouroboros: Layer, @unchecked Sendable {
  // Set once, before it is shared.
  var tail: Ouroboros?
  init() { tail = self }
  func forward(_ x: consuming Tensor) -> (Tensor, Tensor) { (x, x) }
  func backward(_ dy: consuming Tensor, _ cache: consuming Tensor, _ gradients: inout Gradients) -> Tensor { dy }
}

/// A layer whose first parameter is not that of the table that reads its input.
private struct Late: Layer {
  let scale = Parameter([1], initialValue: 1)
  let table = Embedding(5, 2)
  func forward(_ x: Tensor) -> (Tensor, any CacheBox) { forward(table, at: "table", x) }
  func backward(_ dy: Tensor, _ cache: any CacheBox, _ gradients: inout Gradients) -> Tensor {
    backward(table, at: "table", dy, cache, &gradients)
  }
}

/// A tensor cell of an unknown kind.
private final class Stranger: TensorHolder {
  let box = Parameter([1], initialValue: 0).box
}

private struct Haunted: Layer {
  let stranger = Stranger()
  func forward(_ x: consuming Tensor) -> (Tensor, Tensor) { (x, x) }
  func backward(_ dy: consuming Tensor, _ cache: consuming Tensor, _ gradients: inout Gradients) -> Tensor { dy }
}

/// Misuse of layers, containers, and the contents of a model.
let layerMisuses: [String: Misuse] = [
  // Sizes and options
  "Linear without inputs": Misuse("Linear(0, 3): both sizes must be positive") { _ = Linear(0, 3) },
  "Linear with a bias of another length": Misuse("weight of shape [2, 3] needs a bias of shape [3]", "not [2]") {
    _ = Linear(weight: Parameter([2, 3], initialValue: 0), bias: Parameter([2], initialValue: 0))
  },
  "PReLU without slopes": Misuse("PReLU(channels: 0): it needs at least one slope") { _ = PReLU(channels: 0) },
  "RMSNorm of nothing": Misuse("RMSNorm([0]): the normalized axes need elements") { _ = RMSNorm(0) },
  "LayerNorm of nothing": Misuse("LayerNorm([3, 0]): the normalized axes need elements") {
    _ = LayerNorm(shape: [3, 0])
  },
  "BatchNorm without channels": Misuse("BatchNorm(0): it needs at least one channel") { _ = BatchNorm(0) },
  "Softplus that is flat": Misuse("Softplus: beta must be finite and positive, not 0.0") { _ = Softplus(beta: 0) },
  "LeakyReLU that turns back": Misuse("LeakyReLU(slope: -1.0)", "PReLU can learn one") { _ = LeakyReLU(slope: -1) },
  "ELU that turns back": Misuse("ELU(alpha: -1.0): α must be finite and not negative") { _ = ELU(alpha: -1) },
  "Dropout of more than all": Misuse("Dropout(1.5): the rate is a probability") { _ = Dropout(1.5) },
  "Embedding of nothing": Misuse("Embedding(0, 2): both sizes must be positive") { _ = Embedding(0, 2) },
  "Embedding in a vector": Misuse("Embedding: a table has shape [count, dimension], not [3]") {
    _ = Embedding(weight: Parameter([3], initialValue: 0))
  },
  "TiedLinear to a vector": Misuse("TiedLinear: transposes a matrix, not a weight of shape [3]") {
    _ = TiedLinear(transposing: Parameter([3], initialValue: 0))
  },
  "Conv2D without channels": Misuse("Conv2D(0, 1, kernel: 3): channels and kernel must be positive") {
    _ = Conv2D(0, 1, kernel: 3)
  },
  "Conv2D without a kernel": Misuse("Conv2D(1, 1, kernel: 0): channels and kernel must be positive") {
    _ = Conv2D(1, 1, kernel: 0)
  },
  "Conv2D with a bias of another length": Misuse(
    "shape [out, in, kh, kw]", "not float32 of [4, 2, 3, 3] and float32 of [3]"
  ) {
    _ = Conv2D(weight: Parameter([4, 2, 3, 3], initialValue: 0), bias: Parameter([3], initialValue: 0))
  },
  "a window that stands still": Misuse("AveragePool2D: kernel 2 and stride 0 must be positive") {
    _ = AveragePool2D(kernel: 2, stride: 0)
  },
  "more padding than window": Misuse("MaxPool2D: padding 2 must be at most half of kernel 2") {
    _ = MaxPool2D(kernel: 2, padding: 2)
  },
  "Conv1D without channels": Misuse("Conv1D(1, 0, kernel: 3): channels and kernel must be positive") {
    _ = Conv1D(1, 0, kernel: 3)
  },
  "Conv1D with a weight of images": Misuse(
    "Conv1D: needs a weight of shape [out, in, k]", "not float32 of [1, 1, 3, 3]"
  ) {
    _ = Conv1D(weight: Parameter([1, 1, 3, 3], initialValue: 0), bias: nil)
  },
  "groups that do not divide": Misuse(
    "Conv2D(4, 6, kernel: 3): groups 4 must be positive and divide the 4 channels in and the 6 out"
  ) {
    _ = Conv2D(4, 6, kernel: 3, groups: 4)
  },
  "no groups": Misuse("Conv1D: groups 0 must be positive and divide the") {
    _ = Conv1D(weight: Parameter([2, 1, 3], initialValue: 0), bias: nil, groups: 0)
  },
  "a window without distance": Misuse("Conv2D: dilation 0 must be positive, and the window of kernel 3") {
    _ = Conv2D(1, 1, kernel: 3, dilation: 0)
  },
  "a window wider than counting": Misuse("Conv1D:", "dilation 1048576", "may not reach over more than 1048576") {
    _ = Conv1D(1, 1, kernel: 3, dilation: 1 << 20)
  },
  "the same size with a stride": Misuse("Conv2D: padding .same needs a stride of 1, not 2: give the margins") {
    _ = Conv2D(1, 1, kernel: 3, stride: 2, padding: .same)
  },
  "the same length with a stride": Misuse("Conv1D: padding .same needs a stride of 1, not 2: give the margins") {
    _ = Conv1D(1, 1, kernel: 3, stride: 2, padding: .same)
  },
  "a margin of three sides": Misuse("Padding2D: [1, 2, 3] is not a pair [height, width]") {
    _ = Pad2D([1, 2, 3])
  },
  "ConvTranspose2D without channels": Misuse("ConvTranspose2D(0, 1, kernel: 3): channels and kernel must be positive") {
    _ = ConvTranspose2D(0, 1, kernel: 3)
  },
  "ConvTranspose1D without a kernel": Misuse("ConvTranspose1D(1, 1, kernel: 0): channels and kernel must be positive") {
    _ = ConvTranspose1D(1, 1, kernel: 0)
  },
  "ConvTranspose2D with a bias of another length": Misuse(
    "ConvTranspose2D: needs a weight of shape [in, out, kh, kw]", "not float32 of [4, 2, 3, 3] and float32 of [4]"
  ) {
    _ = ConvTranspose2D(weight: Parameter([4, 2, 3, 3], initialValue: 0), bias: Parameter([4], initialValue: 0))
  },
  "ConvTranspose1D with a weight of images": Misuse("ConvTranspose1D: needs a weight of shape [in, out, k]") {
    _ = ConvTranspose1D(weight: Parameter([4, 2, 3, 3], initialValue: 0), bias: nil)
  },
  "an output padding that no size has": Misuse(
    "ConvTranspose2D: outputPadding 2 must be at least 0, and less than stride 2 or dilation 1"
  ) {
    _ = ConvTranspose2D(1, 1, kernel: 3, stride: 2, outputPadding: 2)
  },
  "an output padding below zero": Misuse(
    "ConvTranspose1D: outputPadding -1 must be at least 0, and less than stride 1 or dilation 1"
  ) {
    _ = ConvTranspose1D(1, 1, kernel: 3, outputPadding: -1)
  },
  "a pooling to nothing": Misuse("AdaptiveAveragePool2D(0): the size must be from 1 to 1048576") {
    _ = AdaptiveAveragePool2D(0)
  },
  "a pooling to no step": Misuse("AdaptiveAveragePool1D(0): the size must be from 1 to 1048576") {
    _ = AdaptiveAveragePool1D(0)
  },
  "a largest of nothing": Misuse("AdaptiveMaxPool2D([1, -2]): the size must be from 1 to 1048576") {
    _ = AdaptiveMaxPool2D([1, -2])
  },
  "a largest of no step": Misuse("AdaptiveMaxPool1D(0): the size must be from 1 to 1048576") {
    _ = AdaptiveMaxPool1D(0)
  },
  "a margin of a window": Misuse("Pad2D: padding .same must be numbers from 0 to 1048576") { _ = Pad2D(.same) },
  "a margin below zero": Misuse("Pad1D: padding [left: -1, right: 0] must be numbers from 0 to 1048576") {
    _ = Pad1D(Padding1D(left: -1, right: 0))
  },
  "an image enlarged to nothing": Misuse("Upsample: scale 0 must be from 1 to 1048576") { _ = Upsample(scale: 0) },
  "an image of no size": Misuse("Upsample: size [3, 0] must be from 1 to 1048576") { _ = Upsample(size: [3, 0]) },
  "pixels shuffled to nothing": Misuse("PixelShuffle(0): the factor must be from 1 to 1024") { _ = PixelShuffle(0) },
  "a probability of channels above 1": Misuse("Dropout2D(1.5): the rate is a probability, from 0 to 1") {
    _ = Dropout2D(1.5)
  },
  "a probability of no number": Misuse("Dropout1D(nan): the rate is a probability, from 0 to 1") {
    _ = Dropout1D(.nan)
  },
  "groups of unequal size": Misuse("GroupNorm(groups: 2, 3): groups and channels must be positive, and groups divide") {
    _ = GroupNorm(groups: 2, 3)
  },
  "a group's epsilon below zero": Misuse("GroupNorm: epsilon must be finite and not negative, not -1.0") {
    _ = GroupNorm(groups: 1, 2, epsilon: -1)
  },
  "InstanceNorm of nothing": Misuse("InstanceNorm(0): it needs at least one channel") { _ = InstanceNorm(0) },
  "an instance's epsilon of no number": Misuse("InstanceNorm: epsilon must be finite and not negative, not nan") {
    _ = InstanceNorm(2, epsilon: .nan)
  },
  "a size of three sides": Misuse("Size2D: [1, 2, 3] is not a pair [height, width]") {
    _ = MaxPool2D(kernel: [1, 2, 3])
  },
  "an initializer that draws another shape": Misuse("drew a tensor of shape [1] where [2, 3] was asked for") {
    _ = Linear(2, 3, initializer: Initializer { _, _, _, _ in Tensor(zeros: [1]) })
  },
  "orthogonal vectors": Misuse("orthogonal needs a shape of two axes or more, not [3]") {
    _ = Initializer.orthogonal().tensor([3], fanIn: 3, fanOut: 3)
  },

  // Inputs and cotangents
  "an input of another width": Misuse("in layer 0.1: Linear(5, 3) expects an input of shape […, 5], not [2, 4]") {
    _ = Sequential {
      Parallel(join: .sum) {
        Linear(4, 3); Linear(5, 3)
      }
    }(matrix)
  },
  "Dropout of integers": Misuse("Dropout needs floating-point elements") {
    _ = Dropout(0.5).forward(Tensor(labels: [1]))
  },
  "logits that are integers": Misuse("LogSoftmax needs floating-point elements") {
    _ = LogSoftmax()(Tensor(labels: [1, 2]))
  },
  "a softmax along no axis": Misuse("Softmax: works along the last axis, and a tensor of shape [] has none") {
    _ = Softmax()(Tensor(1))
  },
  "an index beyond the table": Misuse("in layer 0: Embedding(5, 2) has no row 5: indices go from 0 to 4") {
    _ = Sequential { Embedding(5, 2) }(Tensor(labels: [4, 5]))
  },
  "a summary of a layer that reads indices second": Misuse(
    "Embedding(5, 2) takes int32 indices, not float32", "The input is zeros of float32; dtype: gives them another type."
  ) { _ = try Late().summary(input: [4]) },
  "an index before the table": Misuse("Embedding(5, 2) has no row -1") {
    _ = Embedding(5, 2).forward(Tensor(labels: [0, -1]))
  },
  "a scalar to flatten": Misuse("Flatten() expects an input of shape [B, …]") {
    _ = Flatten().forward(Tensor(zeros: []))
  },
  "indices that are floats": Misuse("Embedding(5, 2) takes int32 indices, not float32", "converted(to: .int32)") {
    _ = Embedding(5, 2)(Tensor(zeros: [3]))
  },
  "an odd width to halve": Misuse("Reparameterize() expects an input of shape […, 2D]") {
    _ = Reparameterize().forward(Tensor(zeros: [2, 3]))
  },
  "elements that fill no shape": Misuse("Reshape([2, 2]) expects an input of shape [B, …] with 4 elements", "[3, 5]") {
    _ = Reshape([2, 2])(Tensor(zeros: [3, 5]))
  },
  "an input not of the tied width": Misuse("TiedLinear(3, 2) expects an input of shape […, 3], not [4, 2]") {
    _ = TiedLinear(transposing: Parameter([2, 3], initialValue: 0))(Tensor(zeros: [4, 2]))
  },
  "a batch of one value a channel": Misuse("BatchNorm(4): training needs more than one value", "[1, 4]", "larger") {
    _ = BatchNorm(4).forward(Tensor(zeros: [1, 4]))
  },
  "normalizing another type": Misuse(
    "LayerNorm(4): the input is float64, the parameters are float32", "convert the input"
  ) {
    _ = LayerNorm(4)(Tensor(zeros: [2, 4], dtype: .float64))
  },
  "a cotangent of another shape": Misuse("backward: dy has shape [2, 3] (float32), the output had [2, 4] (float32)") {
    let (layer, dy) = (LayerNorm(4), Tensor(zeros: [2, 3]))
    var gradients = Gradients()
    _ = layer.backward(dy, layer.forward(matrix).1, &gradients)
  },
  "images that are integers": Misuse("MaxPool2D(kernel: 2) needs floating-point elements") {
    _ = MaxPool2D(kernel: 2)(Tensor(labels: [1, 2, 3, 4]).reshaped(to: [1, 1, 2, 2]))
  },
  "images of another type": Misuse("Conv2D(2, 1, kernel: 3): the input is float64, the parameters are float32") {
    _ = Conv2D(2, 1, kernel: 3)(images.converted(to: .float64))
  },
  "a kernel and a bias of two types": Misuse("Conv2D: needs a weight", "not float32 of [1, 1, 1, 1] and float64 of [1]")
  {
    _ = Conv2D(
      weight: Parameter([1, 1, 1, 1], initialValue: 1), bias: Parameter(Tensor(zeros: [1], dtype: .float64)))
  },
  "images of other channels": Misuse("Conv2D(1, 1, kernel: 3) expects an input of shape [B, 1, H, W], not [1, 2, 4, 4]")
  {
    _ = Conv2D(1, 1, kernel: 3)(images)
  },
  "a cotangent of another size": Misuse("MaxPool2D(kernel: 2).backward: dy has shape [1, 2, 4, 4]", "[1, 2, 2, 2]") {
    let layer = MaxPool2D(kernel: 2)
    var gradients = Gradients()
    _ = layer.backward(images, layer.forward(images).1, &gradients)
  },

  // Containers
  "a residual that changes the shape": Misuse(
    "in layer 1: Residual adds what its layers make, [2, 3], to its input, [2, 4]; end them in the shape of the input"
  ) {
    _ = Sequential {
      Tanh(); Residual { Linear(4, 3) }
    }.forward(matrix)
  },
  "branches that do not add up": Misuse("Parallel(join: .sum) cannot join outputs of shapes [2, 4], [2, 3]") {
    _ = Parallel(join: .sum) {
      Tanh(); Linear(4, 3)
    }.forward(matrix)
  },
  "no branches": Misuse("Parallel: there are no branches") { _ = Parallel(join: .sum) {} },
  "a cache of another model": Misuse("backward was given a cache that another module's forward made") {
    let cache = Sequential { Tanh() }.forward(matrix).1
    var gradients = Gradients()
    _ = Sequential { Linear(4, 4) }.backward(matrix, cache, &gradients)
  },
  "a cycle of layers": Misuse("tail: this Ouroboros is reached again from its own properties", "cycle") {
    _ = Ouroboros().parameters
  },
  "a holder of no known kind": Misuse("stranger: a Stranger is no Parameter, Statistic or Constant") {
    _ = Haunted().parameters
  },
  "a model of integers": Misuse("convert(to:): a model cannot be int32") { Linear(2, 2).convert(to: .int32) },

  // Parameters and gradients
  "a parameter of integers": Misuse("Parameter: an int32 tensor cannot be learnt; use a Constant") {
    _ = Parameter(Tensor(labels: [1]))
  },
  "a value of another shape": Misuse("holds float32 of shape [2], not float32 of [3]") {
    Parameter([2], initialValue: 0).value = Tensor(zeros: [3])
  },
  "a gradient of another shape": Misuse(
    "gradients.add", "[4, 2]", "which is float32 of [2]", "sum over the batch first"
  ) {
    var gradients = Gradients()
    gradients.add(Tensor(zeros: [4, 2]), to: Parameter([2], initialValue: 0))
  },
  "rows that are not there": Misuse("addRows: float32 of [1, 2] and int32 indices of [1] do not fit float32 of [3, 2]")
  {
    var gradients = Gradients()
    gradients.addRows(of: Tensor(zeros: [1, 2]), at: Tensor(labels: [9]), to: Parameter([3, 2], initialValue: 0))
  },
  "an observation of another shape": Misuse("gradients.observe: a value of shape [3] does not fit", "[2]") {
    var gradients = Gradients()
    gradients.observe(Tensor(zeros: [3]), for: Statistic(Tensor(zeros: [2])), momentum: 0.1)
  },
  "micro-batches of nothing": Misuse("gradients: a micro-batch of 0 rows is not possible") {
    _ = Linear(4, 2).gradients(at: matrix, Tensor(labels: [0, 1]), of: SoftmaxCrossEntropy(), microBatchSize: 0)
  },
  "targets of another count": Misuse("gradients: an input of shape [2, 4] and a target of [3] need as many rows") {
    _ = Linear(4, 2).gradients(at: matrix, Tensor(labels: [0, 1, 0]), of: SoftmaxCrossEntropy(), microBatchSize: 1)
  },

  // Names of PyTorch
  "two tensors of one name in PyTorch": Misuse(
    "encoder.weight: two tensors of the model would have this name in PyTorch, the second one at 1.weight"
  ) { _ = Sequential { for _ in 0..<2 { Linear(2, 2) } }.pytorchState(renaming: ["0": "encoder", "1": "encoder"]) },
  "another name for what is not there": Misuse(
    "renaming: no tensor of the model has a name that begins with \"wieght\"; the nearest is weight"
  ) { _ = Linear(2, 2).pytorchState(renaming: ["wieght": "w"]) },
  "tokens of a whole sequence": Misuse("Sampler: logits are [V] or [B, V] of floating-point numbers, not [2, 3, 4]") {
    var sampler = Sampler()
    _ = sampler.sample(Tensor(zeros: [2, 3, 4]))
  },
  "tokens of broken logits": Misuse("Sampler: each row of logits needs a finite maximum and no NaN") {
    _ = Sampler().probabilities(Tensor([0, .nan, 1] as [Float]))
  },
  "a table with padding beyond its rows": Misuse("Embedding: paddingIndex 7 is no row of a table of 7") {
    _ = Embedding(7, 3, paddingIndex: 7)
  },
  "bags of other indices": Misuse("EmbeddingBag(7, 3, combination: .mean) has no row 9") {
    _ = EmbeddingBag(7, 3)(Tensor([9] as [Int32], shape: [1, 1]))
  },
  "bags of nothing": Misuse("EmbeddingBag(7, 3, combination: .max) expects an input of shape [B, N]") {
    _ = EmbeddingBag(7, 3, combination: .max)(Tensor(labels: [1]))
  },
  "everything dropped to the floor": Misuse("AlphaDropout(1.0): the rate is a probability, from 0 to below 1") {
    _ = AlphaDropout(1)
  },
  "flattening the batch": Misuse("Flatten(from: 0, to: -1): the axes go from 1") { _ = Flatten(from: 0) },
  "Bilinear of nothing": Misuse("Bilinear(0, 1, 1): all sizes must be positive") { _ = Bilinear(0, 1, 1) },
  "Bilinear of other rows": Misuse("Bilinear(2, 3, 1) expects [B, 2] and [B, 3], not tensors of shapes [4, 2], [4, 2]")
  {
    _ = Bilinear(2, 3, 1)(Pair(Tensor(zeros: [4, 2]), Tensor(zeros: [4, 2])))
  },
  "Bilinear of two types": Misuse("Bilinear(2, 2, 1): the inputs are float64 and float32") {
    _ = Bilinear(2, 2, 1)(Pair(Tensor(zeros: [4, 2], dtype: .float64), Tensor(zeros: [4, 2])))
  },
  "cosines of unlike rows": Misuse("CosineSimilarity() expects [B, …, D] twice, not tensors of shapes [4, 2], [4, 3]") {
    _ = CosineSimilarity()(Pair(Tensor(zeros: [4, 2]), Tensor(zeros: [4, 3])))
  },
]
