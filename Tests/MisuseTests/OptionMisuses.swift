import Foundation
import Strata
import StrataTensor
import StrataTesting

private let model = Linear(2, 2)
private let labels = Tensor(labels: [0, 1])

private func trainer() -> Trainer<Linear, SoftmaxCrossEntropy, SGD> {
  Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent)
}

/// Options outside their meaning: numbers that are negative, too large, or not finite.
let optionMisuses: [String: Misuse] = [
  // Layers
  "BatchNorm below zero": Misuse("BatchNorm: epsilon must be finite and not negative, not -1.0") {
    _ = BatchNorm(3, epsilon: -1)
  },
  "BatchNorm that overshoots": Misuse("BatchNorm: momentum must be from 0 to 1, not 7.0") {
    _ = BatchNorm(3, momentum: 7)
  },
  "BatchNorm of no number": Misuse("BatchNorm: momentum must be from 0 to 1, not nan") {
    _ = BatchNorm(3, momentum: .nan)
  },
  "LayerNorm without end": Misuse("LayerNorm: epsilon must be finite and not negative, not inf") {
    _ = LayerNorm(3, epsilon: .infinity)
  },
  "RMSNorm of no number": Misuse("RMSNorm: epsilon must be finite and not negative, not nan") {
    _ = RMSNorm(3, epsilon: .nan)
  },
  "Dropout of no number": Misuse("Dropout(nan): the rate is a probability") { _ = Dropout(.nan) },
  "Sampler of no number": Misuse("Sampler: the temperature must be finite and not negative, not nan") {
    _ = Sampler(temperature: .nan)
  },
  "a nucleus of more than all": Misuse("Sampler: topP must be from 0 to 1, not 1.5") { _ = Sampler(topP: 1.5) },
  "a nucleus of nothing": Misuse("Sampler: topP 0.0 and topK 1 must be above 0, to keep a token") {
    _ = Sampler(topP: 0)
  },
  "no likely token": Misuse("Sampler: topP 1.0 and topK 0 must be above 0") { _ = Sampler(topK: 0) },
  "PReLU of no number": Misuse("PReLU: slope must be finite, not nan") { _ = PReLU(slope: .nan) },
  "LeakyReLU without end": Misuse("LeakyReLU(slope: inf): the slope must be finite") {
    _ = LeakyReLU(slope: .infinity)
  },
  "ELU without end": Misuse("ELU(alpha: inf): α must be finite") { _ = ELU(alpha: .infinity) },
  "Softplus without end": Misuse("Softplus: beta must be finite and positive, not inf") {
    _ = Softplus(beta: .infinity)
  },
  "CELU without depth": Misuse("CELU: alpha must be finite and positive, not 0.0") { _ = CELU(alpha: 0) },
  "Softshrink below zero": Misuse("Softshrink: lambda must be finite and not negative, not -1.0") {
    _ = Softshrink(lambda: -1)
  },
  "Hardshrink below zero": Misuse("Hardshrink: lambda must be finite and not negative, not -1.0") {
    _ = Hardshrink(lambda: -1)
  },
  "a threshold of no number": Misuse("Threshold: the threshold must be finite, not nan") {
    _ = Threshold(.nan, value: 0)
  },
  "a threshold to no number": Misuse("Threshold: value must be finite, not nan") { _ = Threshold(0, value: .nan) },
  "the largest of none": Misuse("Maxout(pieces: 0): it takes the largest of 1 or more") { _ = Maxout(pieces: 0) },
  "cosines without a least": Misuse("CosineSimilarity: epsilon must be finite and positive, not 0.0") {
    _ = CosineSimilarity(epsilon: 0)
  },
  "LSTM that forgets no number": Misuse("LSTMCell: forgetBias must be finite, not nan") {
    _ = LSTMCell(2, 3, forgetBias: .nan)
  },
  "a truncation set to nothing": Misuse("a truncation to -1 steps is not possible; give 1 or more") {
    var options = ThroughTime()
    options.truncation = -1
  },
  "sequences of negative length": Misuse("SequenceLayout: 2 sequences of -1 steps are not possible") {
    _ = SequenceLayout(batch: 2, time: -1)
  },
  "files for less than nothing": Misuse("Offloaded: a smallest tensor of -1 bytes is not possible") {
    _ = Offloaded(smallest: -1) { ReLU() }
  },
  "an observation that overshoots": Misuse("gradients.observe: momentum must be from 0 to 1, not 2.0") {
    var gradients = Gradients()
    gradients.observe(Tensor(zeros: [2]), for: Statistic(Tensor(zeros: [2])), momentum: 2)
  },

  // Random numbers
  "weights of no number": Misuse("Initializer.constant: the value must be finite, not nan") {
    _ = Initializer.constant(.nan)
  },
  "orthogonal without end": Misuse("Initializer.orthogonal: the gain must be finite, not inf") {
    _ = Initializer.orthogonal(gain: .infinity)
  },
  "weights of a negative deviation": Misuse("the standard deviation must be finite and not negative, not -1.0") {
    _ = Linear(2, 2, initializer: .normal(standardDeviation: -1))
  },
  "truncated weights of no number": Misuse("truncatedNormal: the standard deviation must be finite", "not nan") {
    _ = Initializer.truncatedNormal(standardDeviation: .nan)
  },
  "weights truncated to nothing": Misuse("truncatedNormal: the limit must be finite and positive, not 0.0") {
    _ = Initializer.truncatedNormal(standardDeviation: 1, limit: 0)
  },
  "weights sparser than nothing": Misuse("Initializer.sparse: sparsity must be from 0 to 1, not 2.0") {
    _ = Initializer.sparse(sparsity: 2)
  },
  "sparse weights of no number": Misuse("sparse: the standard deviation must be finite", "not nan") {
    _ = Initializer.sparse(sparsity: 0.5, standardDeviation: .nan)
  },
  "sparse images": Misuse("Initializer.sparse needs a matrix, not a shape [2, 2, 3, 3]") {
    _ = Conv2D(2, 2, kernel: 3, initializer: .sparse(sparsity: 0.5))
  },
  "the identity of images": Misuse("Initializer.identity needs a matrix, not a shape [2, 2, 3, 3]") {
    _ = Conv2D(2, 2, kernel: 3, initializer: .identity)
  },
  "kernels without a middle": Misuse("Initializer.deltaOrthogonal needs kernels [out, in, …] with a middle") {
    _ = Conv2D(2, 2, kernel: 2, initializer: .deltaOrthogonal())
  },
  "a mean of no number": Misuse("Tensor(normal:): the mean must be finite, not nan") {
    _ = Tensor(normal: [2], mean: .nan)
  },
  "uniform without end": Misuse("the length of the range 0.0..<inf must be finite and not negative, not inf") {
    _ = Tensor(uniform: [2], in: 0..<Double.infinity)
  },

  // Losses and optimizers
  "Huber without end": Misuse("Huber: delta must be finite and positive, not inf") { _ = Huber(delta: .infinity) },
  "SmoothL1 below zero": Misuse("SmoothL1: beta must be finite and not negative, not -1.0") { _ = SmoothL1(beta: -1) },
  "a hinge without end": Misuse("Hinge: margin must be finite, not inf") { _ = Hinge(margin: .infinity) },
  "a distance without end": Misuse("HingeEmbedding: margin must be finite, not nan") {
    _ = HingeEmbedding(margin: .nan)
  },
  "rates below zero": Misuse("PoissonNLL: epsilon must be finite and not negative, not -1.0") {
    _ = PoissonNLL(epsilon: -1)
  },
  "a focus below zero": Misuse("Focal: gamma must be finite and not negative, not -1.0") { _ = Focal(gamma: -1) },
  "a binary focus below zero": Misuse("BinaryFocal: gamma must be finite and not negative, not -1.0") {
    _ = BinaryFocal(gamma: -1)
  },
  "a balance beyond 1": Misuse("BinaryFocal: alpha must be from 0 to 1, not 2.0") { _ = BinaryFocal(alpha: 2) },
  "Dice without smoothing": Misuse("Dice: smoothing must be finite and positive, not 0.0") { _ = Dice(smoothing: 0) },
  "margins of nothing": Misuse("MultiMargin: margin must be finite and positive, not 0.0") {
    _ = MultiMargin(margin: 0)
  },
  "a ranking without end": Misuse("MarginRanking: margin must be finite, not nan") { _ = MarginRanking(margin: .nan) },
  "a contrast of nothing": Misuse("Contrastive: margin must be finite and positive, not 0.0") {
    _ = Contrastive(margin: 0)
  },
  "triplets of no margin": Misuse("TripletMargin: margin must be finite and positive, not 0.0") {
    _ = TripletMargin(margin: 0)
  },
  "mining of no margin": Misuse("BatchHardTriplet: margin must be finite and positive, not 0.0") {
    _ = BatchHardTriplet(margin: 0)
  },
  "absolute cold": Misuse("InfoNCE: temperature must be finite and positive, not 0.0") { _ = InfoNCE(temperature: 0) },
  "a penalty below zero": Misuse("Regularized: l1 must be finite and not negative, not -1.0") {
    _ = Huber().regularized(l1: -1, on: [])
  },
  "a square penalty of no number": Misuse("Regularized: l2 must be finite and not negative, not nan") {
    _ = Huber().regularized(l2: .nan, on: [])
  },
  "a positive weight of no number": Misuse("positiveWeight must be finite and not negative, not nan") {
    _ = BinaryCrossEntropyWithLogits(positiveWeight: .nan)
  },
  "smoothing of no number": Misuse("labelSmoothing nan must lie in 0...1") {
    _ = SoftmaxCrossEntropy(labelSmoothing: .nan)
  },
  "an update before the first": Misuse("UpdateStep: updates count from 1, and this is 0") {
    _ = UpdateStep(number: 0, learningRate: 0.1)
  },
  "Adam of no number": Misuse("betas (nan, 0.999) must lie in 0..<1") { _ = Adam(for: model, betas: (.nan, 0.999)) },
  "a group of too long memory": Misuse("ParameterGroup *: betas (0.9, 1.0) must lie in 0..<1") {
    _ = ParameterGroup("*", betas: (0.9, 1))
  },
  "a group of no norm": Misuse("ParameterGroup *: maximumNorm 0.0 must be positive") {
    _ = ParameterGroup("*", maximumNorm: 0)
  },
  "a group of what the optimizer lacks": Misuse("ParameterGroup *: gives betas", "does not have; it has momentum") {
    _ = SGD(for: model, learningRate: 0.1, groups: [ParameterGroup("*", betas: (0.9, 0.9))])
  },
  "weights without room": Misuse("WeightLimit: the limit must be positive and finite, not 0.0") {
    _ = WeightLimit.norm(0)
  },
  "rows that decay": Misuse("SparseAdam: a weight decay of 0.1 would move rows that a step does not use") {
    _ = SparseAdam(for: model, groups: [ParameterGroup("*", weightDecay: 0.1)])
  },
  "an LSTM that forgets by no bias": Misuse("LSTMCell: a forgetBias of 1.0 needs biases") {
    _ = LSTMCell(2, 3, forgetBias: 1, bias: false)
  },
  "an LSTM that projects to nothing": Misuse("ProjectedLSTMCell(2, 3, projected: 0): all sizes must be positive") {
    _ = ProjectedLSTMCell(2, 3, projected: 0)
  },
  "norms of a vector": Misuse("WeightNorm: norms along the axes besides 0 are those of no weight of shape [3]") {
    _ = WeightNorm(of: Tensor(ones: [3]), axis: 0)
  },
  "the spectral norm of a vector": Misuse("SpectralNorm: a weight of shape [3] with axis 0 and 1 iterations") {
    _ = SpectralNorm(of: Tensor(ones: [3]), axis: 0)
  },
  "SpectralNorm below zero": Misuse("SpectralNorm: epsilon must be finite and not negative, not -1.0") {
    _ = Linear(2, 2).spectrallyNormalized(epsilon: -1)
  },
  "a function of what is not there": Misuse(#"has no parameter "wieght"; the nearest path is weight"#) {
    _ = model.weightNormalized("wieght")
  },
  "a function that changes the shape": Misuse(
    "the function makes float32 of [2, 1, 2] of a parameter that is float32 of [2, 2]"
  ) {
    _ = model.parametrized(by: Reshape([1, 2]))(Tensor(ones: [1, 2]))
  },
  "a group of no number": Misuse("ParameterGroup *: rateFactor nan", "must be finite and not negative") {
    _ = ParameterGroup("*", rateFactor: .nan)
  },
  "a norm of no order": Misuse("globalNorm(order:): the order must be positive, not 0.0") {
    _ = try Gradients().globalNorm(order: 0)
  },
  "clipping any norm to nothing": Misuse("clip(norm:): the limit must be positive, not 0.0") {
    var gradients = Gradients()
    _ = try gradients.clip(norm: 0)
  },
  "clipping a norm to no number": Misuse("clip(globalNorm:): the limit must be positive, not nan") {
    var gradients = Gradients()
    _ = try gradients.clip(globalNorm: .nan)
  },

  // Schedules
  "a schedule of no number": Misuse("Schedule: the rate must be finite and not negative, not nan") {
    _ = Schedule.constant(.nan)
  },
  "a schedule that changes sign": Misuse("Schedule: the factor must be finite and not negative, not -0.5") {
    _ = Schedule.exponential(from: 1, factor: -0.5)
  },
  "steps uphill": Misuse("Schedule.step: the rate must be finite and not negative, not -1.0") {
    _ = Schedule.step(from: -1, every: 3)
  },
  "steps by no number": Misuse("Schedule.step: the factor must be finite and not negative, not nan") {
    _ = Schedule.step(from: 1, everyEpochs: 3, factor: .nan)
  },
  "a drop every 0 epochs": Misuse("Schedule.step: a drop after every 0 is not possible; give 1 or more") {
    _ = Schedule.step(from: 1, everyEpochs: 0)
  },
  "a cosine uphill": Misuse("Schedule.cosine: the rate must be finite and not negative, not -1.0") {
    _ = Schedule.cosine(from: -1, steps: 3)
  },
  "a cosine to below zero": Misuse("Schedule.cosine: the minimum must be finite and not negative, not -1.0") {
    _ = Schedule.cosine(from: 1, to: -1, epochs: 3)
  },
  "a cosine of no epochs": Misuse("Schedule.cosine: a length of 0 is not possible; give 1 or more") {
    _ = Schedule.cosine(from: 1, epochs: 0)
  },
  "warming up from no number": Misuse("warmedUp: over 3 steps from nan is not possible") {
    _ = Schedule.constant(1).warmedUp(over: 3, from: .nan)
  },
  "warming up from no end": Misuse("warmedUp: over 3 steps from inf is not possible") {
    _ = Schedule.constant(1).warmedUp(over: 3, from: .infinity)
  },
  "a plateau of no number": Misuse("ReduceOnPlateau: threshold must be finite and not negative, not nan") {
    _ = ReduceOnPlateau(threshold: .nan)
  },
  "a plateau below zero": Misuse("ReduceOnPlateau: minimum must be finite and not negative, not -1.0") {
    _ = ReduceOnPlateau(minimum: -1)
  },

  // Training and data
  "a trainer that clips to nothing": Misuse("Trainer: maximumGlobalNorm 0.0 must be positive") {
    _ = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), maximumGlobalNorm: 0)
  },
  "a trainer set to parts of nothing": Misuse("Trainer:", "microBatchSize 0 at least 1") {
    var trainer = trainer()
    trainer.microBatchSize = 0
  },
  "a trainer before the first epoch": Misuse("Trainer:", "epochsDone -1 not negative") {
    var trainer = trainer()
    trainer.epochsDone = -1
  },
  "patience set to nothing": Misuse("EarlyStopping: a patience of 0 epochs") {
    var stopping = EarlyStopping(patience: 1)
    stopping.patience = 0
  },
  "training in batches of nothing": Misuse("a batch of 0 examples in epoch 0 is not possible; batches have 1 or more") {
    var trainer = trainer()
    try trainer.fit(Dataset(inputs: Tensor(zeros: [2, 2]), labels: labels), epochs: 1, batchSize: 0)
  },
  "a request set to an epoch before the first": Misuse("in epoch -1 is not possible", "epochs count from 0") {
    var request = BatchRequest(batchSize: 1)
    request.epoch = -1
  },
  "a stream of a negative number": Misuse("BatchStream: -1 batches are not possible") {
    _ = BatchStream<Tensor, Tensor>(count: -1) { nil }
  },
  "digits of no class": Misuse("Dataset.mnist: labels of 0 classes are not possible") {
    _ = try Dataset.mnist(in: "/nowhere", classes: 0)
  },
  "more right than there are": Misuse("Evaluation: 3 examples with 4 of 3 predictions right are not possible") {
    _ = Evaluation(loss: 1, examples: 3, predictions: (4, 3))
  },
  "recall of no class": Misuse("ConfusionMatrix: there is no class 2 among 2") {
    _ = ConfusionMatrix(classes: 2).recall(of: 2)
  },
  "precision of no class": Misuse("ConfusionMatrix: there is no class -1 among 2") {
    _ = ConfusionMatrix(classes: 2).precision(of: -1)
  },
  "a tolerance of no number": Misuse("checkGradients: tolerance must be finite and positive, not nan") {
    _ = try checkGradients(of: Tanh(), input: [2, 3], tolerance: .nan)
  },
  "a floor below zero": Misuse("checkGradients: floor must be finite and not negative, not -1.0") {
    _ = try checkGradients(of: Tanh(), input: [2, 3], floor: -1)
  },

  // Sizes beyond counting
  "padding beyond counting": Misuse("Conv2D:", "padding 4611686018427387903", "none may be above 1048576") {
    _ = Conv2D(1, 1, kernel: 3, padding: Padding2D(Int.max / 2))
  },
  "a kernel beyond counting": Misuse("has more elements than can be counted") {
    _ = Conv2D(1, 1, kernel: Size2D(Int.max / 2))
  },
  "a stride beyond counting": Misuse("MaxPool2D:", "stride 9223372036854775807", "none may be above 1048576") {
    _ = MaxPool2D(kernel: 2, stride: Size2D(.max))
  },
  "a margin larger than memory": Misuse("an image of 2097153 × 2097153 with its padding is too large") {
    _ = Conv2D(1, 1, kernel: 3, padding: 1_048_576)(Tensor(zeros: [1, 1, 1, 1]))
  },
  "no element of too long a shape": Misuse("shape [0, 1099511627776, 1099511627776] has more elements than") {
    _ = Tensor(zeros: [0, 1 << 40, 1 << 40]).sum(along: 1)
  },
  "bytes beyond counting": Misuse("shape [4611686018427387904] has more elements than can be counted") {
    _ = Tensor(zeros: [1 << 62], dtype: .float64)
  },
  "units beyond counting": Misuse("shape [3, 9223372036854775807] has more elements than can be counted") {
    _ = GRUCell(1, .max)
  },

  // The model's tree
  "two properties of one path": Misuse("w: two tensors of the model have this path", "a leading underscore") {
    _ = Twins().state
  },
  "two keys of one path": Misuse("parts.a.0: two tensors of the model have this path", "dictionaries keys") {
    _ = SGD(for: Keyed(), learningRate: 0.1)
  },
  "a summary of too deep a model": Misuse("nested more than 500 deep; put them one after another in a Sequential") {
    try onDeepStack { _ = try nested(2_000).summary(input: [1, 2]) }
  },
  "an optimizer of too deep a model": Misuse("the model's modules are nested more than 500 deep") {
    try onDeepStack { _ = SGD(for: nested(2_000), learningRate: 0.1) }
  },
  "a pass through too deep a model": Misuse("the model's modules are nested more than 500 deep") {
    try onDeepStack { _ = nested(20_000).forward(Tensor(zeros: [1, 2])) }
  },
  "the shapes of too deep a model": Misuse("the model's modules are nested more than 500 deep") {
    try onDeepStack { _ = try nested(20_000).outputShape(for: [1, 2]) }
  },

  // The process
  "too many workers": Misuse("Runtime.workers must be from 1 to 1024, not 100000") { Runtime.workers = 100_000 },
  "workers by a word": Misuse("STRATA_WORKERS is \"abc\"; set it to a number of workers, or unset it") {
    setenv("STRATA_WORKERS", "abc", 1)
    _ = Runtime.workers
  },
  "too many workers by the environment": Misuse("STRATA_WORKERS must be from 1 to 1024, not 100000") {
    setenv("STRATA_WORKERS", "100000", 1)
    _ = Runtime.workers
  },
]

/// Two properties whose names differ in the underscore that a path leaves out.
private struct Twins: Layer {
  let w = Parameter([1], initialValue: 0)
  let _w = Parameter([1], initialValue: 0)
  func forward(_ x: consuming Tensor) -> (Tensor, Tensor) { (x, x) }
  func backward(_ dy: consuming Tensor, _ cache: consuming Tensor, _ gradients: inout Gradients) -> Tensor { dy }
}

/// A dictionary one of whose keys is the path of another entry's element.
private struct Keyed: Layer {
  let parts: [String: any Sendable] = [
    "a": [Parameter([1], initialValue: 0)], "a.0": Parameter([1], initialValue: 0),
  ]
  func forward(_ x: consuming Tensor) -> (Tensor, Tensor) { (x, x) }
  func backward(_ dy: consuming Tensor, _ cache: consuming Tensor, _ gradients: inout Gradients) -> Tensor { dy }
}

/// A layer inside this many residual connections.
private func nested(_ depth: Int) -> Residual {
  (1..<depth).reduce(Residual { Linear(2, 2) }) { inner, _ in Residual { inner } }
}
