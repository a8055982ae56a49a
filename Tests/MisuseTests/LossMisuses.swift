import Strata
import StrataTensor

private let logits = Tensor(zeros: [4, 3])
private let labels = Tensor(labels: [0, 1, 2, 0])

/// Misuse of losses.
let lossMisuses: [String: Misuse] = [
  "smoothing beyond 1": Misuse("SoftmaxCrossEntropy: labelSmoothing 2.0 must lie in 0...1") {
    _ = SoftmaxCrossEntropy(labelSmoothing: 2)
  },
  "an ignored index beyond int32": Misuse("SoftmaxCrossEntropy: ignoredIndex 1099511627776 is no int32 class index") {
    _ = SoftmaxCrossEntropy(ignoredIndex: 1 << 40)
  },
  "negative class weights": Misuse("class weights must be finite and not negative, but are [1.0, -1.0]") {
    _ = SoftmaxCrossEntropy(classWeights: [1, -1])
  },
  "too few class weights": Misuse("SoftmaxCrossEntropy: 2 class weights do not fit 3 classes") {
    _ = SoftmaxCrossEntropy(classWeights: [1, 2])(logits, labels)
  },
  "logits without classes": Misuse("SoftmaxCrossEntropy: logits need a shape [B, K]", "not [3]") {
    _ = SoftmaxCrossEntropy()(Tensor(zeros: [3]), Tensor(labels: [0]))
  },
  "soft targets of another shape": Misuse("soft targets must be of the logits' shape [4, 3]", "[4, 1]", "int32") {
    _ = SoftmaxCrossEntropy()(logits, Tensor(zeros: [4, 1]))
  },
  "soft targets of another type": Misuse("soft targets must be float32 as the logits, not float64", "int32") {
    _ = SoftmaxCrossEntropy()(logits, logits.converted(to: .float64))
  },
  "soft targets to ignore": Misuse("soft targets have no class index that could be ignored") {
    _ = SoftmaxCrossEntropy(ignoredIndex: 1)(logits, logits)
  },
  "labels of another count": Misuse("logits of shape [4, 3] need class indices of shape [4], not [2]") {
    _ = SoftmaxCrossEntropy()(logits, Tensor(labels: [0, 1]))
  },
  "a label beyond the classes": Misuse("class index 3 is out of range for 3 classes") {
    _ = SoftmaxCrossEntropy()(logits, Tensor(labels: [0, 1, 3, 0]))
  },
  "a label beyond the classes that is not the ignored one": Misuse("class index 8 is out of range for 3 classes") {
    _ = SoftmaxCrossEntropy(ignoredIndex: 7)(logits, Tensor(labels: [0, 7, 8, 0]))
  },
  "a negative label": Misuse("class index -1 is out of range for 3 classes") {
    _ = SoftmaxCrossEntropy()(logits, Tensor(labels: [0, -1, 2, 0]))
  },
  "a negative positive weight": Misuse("positiveWeight must be finite and not negative, not -1.0") {
    _ = BinaryCrossEntropyWithLogits(positiveWeight: -1)
  },
  "Huber without width": Misuse("Huber: delta must be finite and positive, not 0.0") { _ = Huber(delta: 0) },
  "a target that would broadcast": Misuse("Huber: an output of shape [4] needs", "[4, 1]", "nothing is broadcast") {
    _ = Huber()(Tensor(zeros: [4]), Tensor(zeros: [4, 1]))
  },
  "a loss of nothing": Misuse("MeanSquaredError: the output has no elements, shape [0]") {
    _ = MeanSquaredError()(Tensor(zeros: [0]), Tensor(zeros: [0]))
  },
  "a loss of integers": Misuse("MeanAbsoluteError: the target must be floating-point, not int32") {
    _ = MeanAbsoluteError()(labels, labels)
  },
  "divergence from labels": Misuse("KullbackLeiblerDivergence: the target must be floating-point, not int32") {
    _ = KullbackLeiblerDivergence()(logits, labels)
  },
  "means without variances": Misuse("NormalDivergence: needs means and log-variances [B, 2D], not shape [2, 3]") {
    _ = NormalDivergence().evaluate(Tensor(zeros: [2, 3]))
  },
  "a target of another precision": Misuse("Huber: the output is float32, the target float64", "converted(to:)") {
    _ = Huber()(Tensor(zeros: [4]), Tensor(zeros: [4], dtype: .float64))
  },
  "a divergence of a vector": Misuse("KullbackLeiblerDivergence: logits need a shape [B, K]", "not [3]") {
    _ = KullbackLeiblerDivergence().evaluate([1, 2, 3], [0, 0, 1])
  },
  "positive weights of other outputs": Misuse("3 positive weights do not fit outputs of shape [4, 2]") {
    _ = BinaryCrossEntropyWithLogits(positiveWeights: [1, 2, 3])(Tensor(zeros: [4, 2]), Tensor(zeros: [4, 2]))
  },
  "negative positive weights": Misuse("positive weights must be finite and not negative, but are [-1.0]") {
    _ = BinaryCrossEntropyWithLogits(positiveWeights: [-1])
  },
  "classes in the batch": Misuse("SoftmaxCrossEntropy: logits of shape [4, 3] have no classes in axis 0") {
    _ = SoftmaxCrossEntropy(axis: 0)(logits, labels)
  },
  "a quantile beyond all": Misuse("QuantileLoss(1.0): the quantile lies between 0 and 1") { _ = QuantileLoss(1) },
  "probabilities for indices": Misuse("NegativeLogLikelihood: the target is class indices, int32") {
    _ = NegativeLogLikelihood()(logits, logits)
  },
  "Dice of a vector": Misuse("Dice: logits need a shape [B, …] of samples with elements, not [3]") {
    _ = Dice()(Tensor(zeros: [3]), Tensor(zeros: [3]))
  },
  "a mean without a variance": Misuse("GaussianNLL: needs means and log-variances [B, 2D], not shape [2, 3]") {
    _ = GaussianNLL()(Tensor(zeros: [2, 3]), Tensor(zeros: [2, 1]))
  },
  "a ranking of other targets": Misuse("MarginRanking: outputs of shape [4] need a target", "float32 of [2]") {
    _ = MarginRanking()(Pair(Tensor(zeros: [4]), Tensor(zeros: [4])), Tensor(zeros: [2]))
  },
  "a pair of unlike outputs": Misuse("Contrastive: the outputs must be of one shape and type", "[4, 3], [4, 2]") {
    _ = Contrastive()(Pair(logits, Tensor(zeros: [4, 2])), Tensor(zeros: [4]))
  },
  "a pair with labels": Misuse("CosineEmbedding: outputs [B, D] need a float32 target [B]", "int32 target [4]") {
    _ = CosineEmbedding()(Pair(logits, logits), labels)
  },
  "a cosine beyond 1": Misuse("CosineEmbedding: margin 2.0 is a cosine, from -1 to 1") {
    _ = CosineEmbedding(margin: 2)
  },
  "triplets of vectors": Misuse("TripletMargin: needs outputs [B, D], not [3]") {
    let x = Tensor(zeros: [3])
    _ = TripletMargin()(Triplet(anchor: x, positive: x, negative: x), x)
  },
  "triplets without classes": Misuse("BatchHardTriplet: embeddings [B, D] need int32 classes [B]") {
    _ = BatchHardTriplet()(logits, logits)
  },
  "views without numbers": Misuse("InfoNCE: outputs [B, D] need an int32 target [B]", "float32 target [4]") {
    _ = InfoNCE()(Pair(logits, logits), Tensor(zeros: [4]))
  },
  "a blank before the classes": Misuse("CTC: blank -1 is no class; classes count from 0") { _ = CTC(blank: -1) },
  "a blank among the labels": Misuse("CTC: label 0 of row 0 is no class of 3, or the blank") {
    _ = CTC()(Tensor(zeros: [1, 4, 3]), CTCTarget([[0]], inputLengths: [4]))
  },
  "weights of no sample": Misuse("weights of shape [3] do not fit the losses of samples, [4]") {
    _ = SoftmaxCrossEntropy().weighted()(logits, Pair(labels, [1, 1, 1]))
  },
  "a term without weight": Misuse("Huber.scaled(by:): the weight must be finite, not nan") {
    _ = Huber().scaled(by: .nan)
  },
  "a penalty on nothing": Misuse("\"*wight\" matches no parameter of the model; the nearest path is weight") {
    _ = Linear(2, 2).parameters(matching: "*wight")
  },
]
