import Foundation
import Strata
import StrataTensor

private let model = Linear(2, 2)
private let dataset = Dataset(inputs: Tensor(zeros: [4, 2]), labels: Tensor(labels: [0, 1, 0, 1]))
private let nothing = Dataset(inputs: Tensor(zeros: [0, 2]), labels: Tensor(labels: []))

/// A module of several tensors.
private struct Joined: Module {
  func forward(_ x: [Tensor]) -> (Tensor, Int) { (Tensor(concatenating: x), x.count) }
  func backward(_ dy: Tensor, _ count: Int, _ gradients: inout Gradients) -> [Tensor] {
    Array(repeating: dy, count: count)
  }
}

private func trainer() -> Trainer<Linear, SoftmaxCrossEntropy, SGD> {
  Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent)
}

/// Misuse of optimizers, schedules, metrics and the trainer.
let trainingMisuses: [String: Misuse] = [
  "Adam that forgets nothing": Misuse("Adam: learningRate 0.001", "betas (0.9, 1.0) must lie in 0..<1") {
    _ = Adam(for: model, betas: (0.9, 1))
  },
  "RMSProp uphill": Misuse("RMSProp: learningRate -1.0", "must be finite and not negative") {
    _ = RMSProp(for: model, learningRate: -1)
  },
  "SGD uphill": Misuse("SGD: learningRate -1.0", "must be finite and not negative") {
    _ = SGD(for: model, learningRate: -1)
  },
  "a rate that is no number": Misuse("Adam: learningRate nan", "must be finite and not negative") {
    var optimizer = Adam(for: model)
    optimizer.learningRate = .nan
  },
  "a rate without end": Misuse("AdamW: learningRate inf", "must be finite and not negative") {
    _ = AdamW(for: model, learningRate: .infinity)
  },
  "momentum set to less than none": Misuse("SGD: learningRate 0.1, momentum -0.5", "must be finite and not negative") {
    var optimizer = SGD(for: model, learningRate: 0.1)
    optimizer.momentum = -0.5
  },
  "RMSProp set to forget more than all": Misuse("RMSProp: learningRate 0.01", "alpha 2.0 must lie in 0...1") {
    var optimizer = RMSProp(for: model)
    optimizer.alpha = 2
  },
  "Nesterov at rest": Misuse("SGD: Nesterov's form needs momentum and no dampening") {
    _ = SGD(for: model, learningRate: 0.1, nesterov: true)
  },
  "nothing to optimize": Misuse("ReLU has no parameters to optimize") { _ = SGD(for: ReLU(), learningRate: 0.1) },
  "gradients of another model": Misuse("SGD: the gradients are of another model", "SGD(for: model)") {
    var optimizer = SGD(for: model, learningRate: 0.1)
    var gradients = Gradients()
    gradients.add(Tensor(zeros: [3]), to: Parameter([3], initialValue: 0))
    try optimizer.update(along: gradients)
  },
  "a gradient of no part of the model": Misuse("received a gradient but is not among the optimizer's parameters") {
    var optimizer = SGD(for: model, learningRate: 0.1)
    var gradients = Gradients()
    gradients.add(Tensor(zeros: [2, 2]), to: model.weight)
    gradients.add(Tensor(zeros: [3]), to: Parameter([3], initialValue: 0))
    try optimizer.update(along: gradients)
  },
  "a trainer with another model's optimizer": Misuse("Trainer: the optimizer was made for another model") {
    _ = Trainer(model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: Linear(2, 2)))
  },
  "an optimizer of another precision": Misuse(
    "weight is float64, its gradient float64, and the optimizer was made for float32; convert the model first"
  ) {
    var optimizer = Adam(for: model)
    model.convert(to: .float64)
    let x = Tensor(ones: [2, model.weight.shape[0]], dtype: .float64)
    try optimizer.update(along: model.gradients(at: x) { (0, $0) }.gradients)
  },
  "gradients of another precision": Misuse(
    "weight is float64, its gradient float32, and the optimizer was made for float64; convert the model first"
  ) {
    let gradients = model.gradients(at: Tensor(ones: [2, model.weight.shape[0]])) { (0, $0) }.gradients
    model.convert(to: .float64)
    var optimizer = Adam(for: model)
    try optimizer.update(along: gradients)
  },
  "PyTorch's memory for another model": Misuse(
    "SGD: the model is not the one that the optimizer was made for, whose parameter weight it does not have"
  ) { _ = SGD(for: Linear(2, 2), learningRate: 0.1).pytorchState(for: model) },
  "a run of fewer steps than none": Misuse("load(pytorch:): a run cannot have made -1 steps") {
    var optimizer = SGD(for: model, learningRate: 0.1)
    try optimizer.load(pytorch: [:], for: model, stepsDone: -1)
  },
  "a group of no parameters": Misuse(#"ParameterGroup: "*.wieght" matches no parameter"#, "nearest path is weight") {
    _ = SGD(for: model, learningRate: 0.1, groups: [ParameterGroup("*.wieght")])
  },
  "a group uphill": Misuse("ParameterGroup bias: rateFactor -1.0, weightDecay 0.0", "must be finite and not negative") {
    _ = ParameterGroup("bias", rateFactor: -1)
  },
  "clipping a norm to nothing": Misuse("clip(globalNorm:): the limit must be positive, not 0.0") {
    var gradients = Gradients()
    _ = try gradients.clip(globalNorm: 0)
  },
  "clipping values to nothing": Misuse("clip(value:): the limit must be positive, not 0.0") {
    var gradients = Gradients()
    try gradients.clip(value: 0)
  },
  "Adagrad uphill": Misuse("Adagrad: learningRate -1.0", "must be finite and not negative") {
    _ = Adagrad(for: model, learningRate: -1)
  },
  "Adagrad that begins below 0": Misuse("Adagrad: initialSum -1.0 must be finite and not negative") {
    _ = Adagrad(for: model, initialSum: -1)
  },
  "Adadelta that forgets more than all": Misuse("Adadelta: learningRate 1.0", "rho 2.0 must lie in 0...1") {
    _ = Adadelta(for: model, rho: 2)
  },
  "NAdam uphill": Misuse("NAdam: learningRate -1.0", "must be finite and not negative") {
    _ = NAdam(for: model, learningRate: -1)
  },
  "NAdam whose momentum shrinks": Misuse("NAdam: momentumDecay -1.0 must be finite and not negative") {
    _ = NAdam(for: model, momentumDecay: -1)
  },
  "RAdam that forgets nothing": Misuse("RAdam: learningRate 0.001", "betas (0.9, 1.0) must lie in 0..<1") {
    _ = RAdam(for: model, betas: (0.9, 1))
  },
  "Lion uphill": Misuse("Lion: learningRate nan", "must be finite and not negative") {
    _ = Lion(for: model, learningRate: .nan)
  },
  "LAMB uphill": Misuse("LAMB: learningRate -1.0", "must be finite and not negative") {
    _ = LAMB(for: model, learningRate: -1)
  },
  "Rprop that always shrinks": Misuse("Rprop: learningRate 0.01", "factors (0.5, 0.9) must lie on both sides of 1") {
    _ = Rprop(for: model, factors: (0.5, 0.9))
  },
  "Muon with all its momentum": Misuse("Muon: learningRate 0.02", "momentum 1.0 must lie in 0..<1") {
    _ = Muon(for: model, momentum: 1)
  },
  "Muon without an iteration": Misuse("Muon: 0 iterations must be 1 or more") { _ = Muon(for: model, iterations: 0) },
  "Muon that leaves a path that is not there": Misuse("Muon: no parameter's path matches \"head.*\"") {
    _ = Muon(for: model, adam: ["head.*"])
  },
  "a cycle of no steps": Misuse("Schedule.oneCycle: 0 steps must be 1 or more") {
    _ = Schedule.oneCycle(to: 1, steps: 0)
  },
  "restarts after no steps": Misuse("Schedule.cosineRestarts: 0 steps and a growth of 1 must be 1 or more") {
    _ = Schedule.cosineRestarts(from: 1, steps: 0)
  },
  "a polynomial of power 0": Misuse("Schedule.polynomial: 5 steps must be 1 or more, and the power 0.0 positive") {
    _ = Schedule.polynomial(from: 1, steps: 5, power: 0)
  },
  "a root of no steps": Misuse("Schedule.inverseSquareRoot: 0 steps are too few") {
    _ = Schedule.inverseSquareRoot(from: 1, after: 0)
  },
  "a schedule after minus one step": Misuse("Schedule.then: another schedule cannot begin after -1 steps") {
    _ = Schedule.constant(1).then(.constant(2), after: -1)
  },
  "a drop every 0 steps": Misuse("Schedule.step: a drop after every 0 is not possible") {
    _ = Schedule.step(from: 1, every: 0)
  },
  "a cosine of no steps": Misuse("Schedule.cosine: a length of 0 is not possible") {
    _ = Schedule.cosine(from: 1, steps: 0)
  },
  "warming up backwards": Misuse("warmedUp: over -1 steps", "is not possible") {
    _ = Schedule.constant(1).warmedUp(over: -1)
  },
  "a plateau that rises": Misuse("ReduceOnPlateau: factor 2.0 must lie in 0..<1") { _ = ReduceOnPlateau(factor: 2) },

  // Metrics
  "accuracy of other labels": Misuse("accuracy: logits of float32 [4, 2] need int32 labels", "not int32 [3]") {
    _ = accuracy(Tensor(zeros: [4, 2]), Tensor(labels: [0, 1, 0]))
  },
  "a matrix of no classes": Misuse("ConfusionMatrix: 0 classes cannot be told apart") {
    _ = ConfusionMatrix(classes: 0)
  },
  "a matrix of other labels": Misuse(
    "ConfusionMatrix: labels int32 [3] do not go together with logits float32 [4, 2]; give int32 labels of their shape "
      + "without the last axis, or targets 0 and 1 of their shape"
  ) {
    _ = ConfusionMatrix(logits: Tensor(zeros: [4, 2]), labels: Tensor(labels: [0, 1, 0]))
  },
  "a matrix with a label beyond": Misuse("ConfusionMatrix: label 2 is out of range for 2 classes") {
    _ = ConfusionMatrix(logits: Tensor(zeros: [1, 2]), labels: Tensor(labels: [2]))
  },
  "a matrix of more classes": Misuse("ConfusionMatrix: logits [1, 3] have 3 classes, and the matrix has 2") {
    var matrix = ConfusionMatrix(classes: 2)
    matrix.add(logits: Tensor(zeros: [1, 3]), labels: Tensor(labels: [2]))
  },
  "a metric of targets between classes": Misuse("Recall: the target 0.5 of a row of two classes is neither 0 nor 1") {
    measure(Recall(), Tensor(zeros: [2]), [0, 0.5])
  },
  "a metric of more classes than before": Misuse("Precision: 3 classes after batches of 2") {
    measure(Precision(), Tensor(zeros: [1, 2]), Tensor(labels: [0]), then: Tensor(zeros: [1, 3]))
  },
  "a ranking of more classes than before": Misuse("ROCAUC: 3 classes after batches of another number of them") {
    measure(ROCAUC(), Tensor(zeros: [1, 2]), Tensor(labels: [0]), then: Tensor(zeros: [1, 3]))
  },
  "a metric of a class that is not there": Misuse("FBeta: there is no class 2 among 2") {
    measure(FBeta(average: .label(2)), Tensor(zeros: [1, 2]), Tensor(labels: [0]))
  },
  "an F-beta of no beta": Misuse("FBeta: beta -1.0 must be finite and not negative") { _ = FBeta(beta: -1) },
  "the best none": Misuse("TopKAccuracy: no class is among the 0 largest; give 1 or more") { _ = TopKAccuracy(0) },
  "a calibration without bins": Misuse("CalibrationError: 0 bins cannot part the rows; give 1 or more") {
    _ = CalibrationError(bins: 0)
  },
  "an error of other shapes": Misuse(
    "MAE: predictions float32 [2, 1] and targets float32 [2] must be of one shape, and predictions floating-point"
  ) { measure(MAE(), Tensor(zeros: [2, 1]), Tensor(zeros: [2])) },
  "an error of more columns than before": Misuse("RMSE: rows of 2 entries after rows of 1") {
    measure(RMSE(), Tensor(zeros: [2, 1]), Tensor(zeros: [2, 1]), then: Tensor(zeros: [2, 2]))
  },
  "an R² of more columns than before": Misuse("R2Score: rows of 2 entries after rows of 1") {
    measure(R2Score(), Tensor(zeros: [2, 1]), Tensor(zeros: [2, 1]), then: Tensor(zeros: [2, 2]))
  },
  "a checkpoint after no step": Misuse("Checkpointer: intervals of 1 epochs, 0 steps", "must be positive") {
    _ = Checkpointer("x", everySteps: 0)
  },
  "a log of every step in none": Misuse("JSONLinesLog: a line every 0 steps is not possible; give 1 or more") {
    _ = JSONLinesLog("x", everySteps: 0)
  },
  "curves of every step in none": Misuse("TensorBoardLog: a point every 0 steps is not possible; give 1 or more") {
    _ = TensorBoardLog("x", everySteps: 0)
  },
  "a picture of four channels": Misuse(
    "EventFile: an image has the shape [H, W], [1, H, W] or [3, H, W], not [4, 2, 2]"
  ) {
    let directory = FileManager.default.temporaryDirectory.appending(path: "events").path
    try EventFile(in: directory).add(image: Tensor(zeros: [4, 2, 2]), "x", step: 0)
  },
  "a gain below zero": Misuse("EarlyStopping: a minimal gain of -1.0 is no distance; give 0 or more") {
    _ = EarlyStopping(patience: 1, minimalGain: -1)
  },

  // The trainer
  "two masters of one rate": Misuse("Trainer: a schedule sets the learning rate before each step", "give one") {
    _ = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), schedule: .constant(1),
      plateau: ReduceOnPlateau())
  },
  "negative epochs": Misuse("fit: -1 epochs cannot be trained") {
    var trainer = trainer()
    try trainer.fit(dataset, epochs: -1)
  },
  "patience with nothing to judge by": Misuse("fit: patience needs validation examples to judge by") {
    var trainer = trainer()
    try trainer.fit(dataset, epochs: 1, patience: 1)
  },
  "no patience": Misuse("EarlyStopping: a patience of 0 epochs would stop before the first; give 1 or more") {
    var trainer = trainer()
    try trainer.fit(dataset, validation: dataset, epochs: 1, patience: 0)
  },
  "predicting by nothing": Misuse("predict: a batch of 0 rows is not possible") {
    _ = try trainer().predict(dataset.inputs, batchSize: 0)
  },

  "predicting from nothing": Misuse("predict: inputs of shape [2], [3] must have first axes of one length") {
    _ = try Joined().predict([Tensor(zeros: [2]), Tensor(zeros: [3])])
  },
  "a line every 0 epochs": Misuse("ProgressDisplay.every: a line every 0 epochs is not possible") {
    _ = ProgressDisplay.silent.every(0)
  },
  "curves of no lines": Misuse("ProgressDisplay.withCurves: curves of 0 lines are not possible; give 3 to 40") {
    _ = ProgressDisplay.silent.withCurves(rows: 0)
  },
  "a page in no time": Misuse("RunReport: a page every 0.0 seconds is not possible; give a number above 0") {
    _ = RunReport("run.html", everySeconds: 0)
  },
  "a page of a picture without height": Misuse("RunReport: a picture has the shape [H, W]", "not [4]") {
    _ = RunReport("run.html", examples: dataset, pictureShape: [4])
  },
  "a page with other examples": Misuse(
    "RunReport: examples of Tensor with labels of Array<Tensor> do not fit a model of Tensor and a loss of Tensor"
  ) {
    var trainer = trainer()
    let others = Examples(inputs: Tensor(zeros: [2, 2]), labels: [Tensor(zeros: [2])])
    trainer.callbacks = [RunReport("run.html", examples: others)]
    try trainer.fit(dataset, epochs: 1)
  },
  "a page of pictures of another size": Misuse(
    "RunReport: a picture of shape [2, 2] has 4 numbers, and an example has 2"
  ) {
    var trainer = trainer()
    trainer.callbacks = [RunReport("run.html", examples: dataset, pictureShape: [2, 2])]
    try trainer.fit(dataset, epochs: 1)
  },
  "a page with a name too many": Misuse("RunReport: 3 names for 2 classes; give a name for each class") {
    var trainer = trainer()
    trainer.callbacks = [RunReport("run.html", examples: dataset, classNames: ["a", "b", "c"])]
    try trainer.fit(dataset, epochs: 1)
  },
  "epochs of unknown length": Misuse("Schedule: lengths in epochs need the number of steps an epoch has", "in steps") {
    var trainer = trainer()
    trainer.schedule = .cosine(from: 0.1, epochs: 3)
    try trainer.step(on: dataset.batches(of: 2)[0])
  },

  // Looking at a model
  "a flow of other targets": Misuse("GradientFlow: an input of shape [4, 2] and a target of [3] need as many rows") {
    _ = GradientFlow(of: model, at: dataset.inputs, Tensor(labels: [0, 1, 0]), loss: SoftmaxCrossEntropy())
  },
  "a flow of nothing": Misuse("GradientFlow: an input of shape [0, 2] and a target of [0]", "one at least") {
    _ = GradientFlow(of: model, at: nothing.inputs, nothing.labels, loss: SoftmaxCrossEntropy())
  },
  "noise of one part": Misuse("GradientFlow: 1 micro-batches show no spread; give 2 or more") {
    _ = GradientFlow(of: model, at: dataset.inputs, dataset.labels, loss: SoftmaxCrossEntropy(), microBatches: 1)
  },
  "a diagnosis on nothing": Misuse("diagnose: there are no examples to learn from") {
    _ = try diagnose(model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), on: nothing)
  },
  "a diagnosis of no steps": Misuse("diagnose: 0 steps cannot be trained; give 1 or more") {
    _ = try diagnose(
      model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), on: dataset, steps: 0)
  },
]

/// Adds batches to a metric and asks it for its value.
private func measure(
  _ metric: some Metric<Tensor, Tensor>, _ outputs: Tensor, _ targets: Tensor, then other: Tensor? = nil
) {
  var metric = metric
  metric.add(outputs, targets)
  if let other { metric.add(other, targets.dtype == .int32 ? targets : other) }
  _ = metric.value
}
