import Foundation
import Strata
import Testing

/// What each metric is at the edges, and how trainers and callbacks use them.
@Suite(.seeded) struct MetricTests {
  private static func value(_ metric: some Metric<Tensor, Tensor>, _ outputs: Tensor, _ targets: Tensor) -> Double {
    var metric = metric
    metric.add(outputs, targets)
    return metric.value
  }

  private static let everyMetric: [any Metric<Tensor, Tensor>] = [
    Accuracy(), TopKAccuracy(2), Precision(), Recall(), FBeta(), ROCAUC(), AveragePrecision(), LogLoss(), Perplexity(),
    BitsPerCharacter(), CalibrationError(),
  ]

  @Test func `a metric of no rows is NaN`() {
    for metric in Self.everyMetric + [MAE(), MAPE(), RMSE(), R2Score()] as [any Metric<Tensor, Tensor>] {
      #expect(metric.value.isNaN, "\(metric.name)")
    }
    for metric in Self.everyMetric {
      #expect(Self.value(metric, [[1, 2]], Tensor(labels: [-1])).isNaN, "\(metric.name)")
    }
  }

  @Test func `an ignored index counts as negative labels do`() {
    let logits = Tensor(normal: [6, 3])
    for metric in [
      Accuracy(ignoredIndex: 2), TopKAccuracy(2, ignoredIndex: 2), Precision(ignoredIndex: 2), Recall(ignoredIndex: 2),
      FBeta(ignoredIndex: 2), ROCAUC(ignoredIndex: 2), AveragePrecision(ignoredIndex: 2), LogLoss(ignoredIndex: 2),
      Perplexity(ignoredIndex: 2), BitsPerCharacter(ignoredIndex: 2), CalibrationError(ignoredIndex: 2),
    ] as [any Metric<Tensor, Tensor>] {
      let marked = Self.value(metric, logits, Tensor(labels: [0, 2, 1, 2, 1, 0]))
      #expect(marked == Self.value(metric, logits, Tensor(labels: [0, -1, 1, -100, 1, 0])), "\(metric.name)")
    }
  }

  @Test func `labels may have several axes, and both precisions give the same`() {
    let logits = Tensor(normal: [2, 3, 4])
    let labels = Tensor([0, 3, 1, 2, -1, 0] as [Int32], shape: [2, 3])
    for metric in Self.everyMetric {
      let flat = Self.value(metric, logits.reshaped([6, 4]), labels.reshaped([6]))
      #expect(Self.value(metric, logits, labels) == flat, "\(metric.name)")
      #expect(Self.value(metric, logits.converted(to: .float64), labels) == flat, "\(metric.name)")
    }
  }

  @Test func `sequences are measured by perplexity and bits per character`() {
    // Two characters of probability 1/4 and 1/2: 2 bits and 1.
    let logits = Tensor([log(0.25), log(0.75), 0, 0], shape: [1, 2, 2])
    let labels = Tensor([0, 1] as [Int32], shape: [1, 2])
    #expect(abs(Self.value(BitsPerCharacter(), logits, labels) - 1.5) < 1e-7)
    #expect(abs(Self.value(Perplexity(), logits, labels) - pow(2, 1.5)) < 1e-6)
    #expect(abs(Self.value(LogLoss(), logits, labels) - 1.5 * log(2)) < 1e-7)
  }

  @Test func `log loss and probabilities are those of huge logits too`() {
    #expect(Self.value(LogLoss(), [[1000, 0], [0, 1000]], Tensor(labels: [0, 0])) == 500)
    #expect(Self.value(LogLoss(), [1000, -1000], [1, 1] as Tensor) == 500)
    #expect(Self.value(LogLoss(), [[.infinity, 0]], Tensor(labels: [0])).isNaN)
    #expect(Self.value(CalibrationError(), [[1000, 0], [1000, 0]], Tensor(labels: [0, 1])) == 0.5)
  }

  @Test func `calibration compares confidence with accuracy bin by bin`() {
    // Confidences 0.9 and 0.9, of which one is right: |0.5 − 0.9|; 0.6, right: |1 − 0.6|; weighed 2 : 1.
    let logits = Tensor([log(9), 0, 0, log(9), log(1.5), 0], shape: [3, 2])
    #expect(abs(Self.value(CalibrationError(bins: 10), logits, Tensor(labels: [0, 0, 0])) - 0.4) < 1e-6)
    #expect(Self.value(CalibrationError(), [[0, 0], [0, 0]], Tensor(labels: [0, 1])) == 0)
  }

  @Test func `a score of NaN makes curves NaN and a wrong prediction`() {
    let logits: Tensor = [[.nan, 1, 0], [0, 1, 0], [0, 0, 1]]
    #expect(Self.value(ROCAUC(), logits, Tensor(labels: [1, 1, 2])).isNaN)
    #expect(Self.value(AveragePrecision(), logits, Tensor(labels: [1, 1, 2])).isNaN)
    #expect(Self.value(CalibrationError(), logits, Tensor(labels: [1, 1, 2])).isNaN)
    #expect(Self.value(Accuracy(), logits, Tensor(labels: [1, 1, 2])) == 2.0 / 3)
    #expect(Self.value(TopKAccuracy(1), logits, Tensor(labels: [1, 1, 2])) == 2.0 / 3)
  }

  @Test func `R² of targets that do not vary is 1 or 0, and of one row unknown`() {
    #expect(Self.value(R2Score(), [[2], [2]], [[2], [2]]) == 1)
    #expect(Self.value(R2Score(), [[2], [3]], [[2], [2]]) == 0)
    #expect(Self.value(R2Score(), [[2]], [[2]]).isNaN)
    // Σ y² − n ȳ² would cancel to nothing here.
    let far: Tensor = Tensor([1e9, 1e9 + 1, 1e9 + 2] as [Double], shape: [3])
    #expect(Self.value(R2Score(), far, far) == 1)
    #expect(abs(Self.value(R2Score(), far - 1, far) + 0.5) < 1e-12)
  }

  // MARK: In training

  private static let data = Dataset(
    inputs: withSeed(3) { Tensor(normal: [40, 2]) }, labels: Tensor(labels: (0..<40).map { $0 % 3 == 0 ? 0 : 1 }))

  private static func trainer(
    _ metrics: [any Metric<Tensor, Tensor>] = [], _ callbacks: [any Callback] = []
  ) -> Trainer<Linear, SoftmaxCrossEntropy, SGD> {
    let model = Linear(2, 2)
    return Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent,
      validationMetrics: metrics, callbacks: callbacks)
  }

  @Test func `are measured on validation examples in each epoch, and stand in the record and its line`() throws {
    var trainer = Self.trainer([Recall(average: .label(0)), ROCAUC()])
    let record = try trainer.fit(Self.data, validation: Self.data, epochs: 2)[1]
    let metrics = record.validation!.metrics
    #expect(metrics.keys.sorted() == ["ROC AUC", "recall of 0"])
    let logits = try trainer.predict(Self.data.inputs)
    #expect(metrics["ROC AUC"] == Self.value(ROCAUC(), logits, Self.data.labels))
    #expect(record.description.contains("  ROC AUC 0.") && record.training.metrics.isEmpty)
  }

  @Test(arguments: [1, 7, 40]) func `evaluate measures what it is given`(batchSize: Int) throws {
    let trainer = Self.trainer()
    let evaluation = try trainer.evaluate(Self.data, batchSize: batchSize, metrics: [FBeta(), LogLoss()])
    let logits = trainer.model(Self.data.inputs)
    #expect(abs(evaluation.metrics["F1"]! - Self.value(FBeta(), logits, Self.data.labels)) < 1e-6)
    #expect(abs(evaluation.metrics["log loss"]! - evaluation.loss) < 1e-6)
    #expect(try trainer.evaluate(Self.data).metrics.isEmpty)
  }

  @Test func `early stopping, the best state and a plateau judge by a metric, either way up`() throws {
    /// Grows with the epochs to the third, then falls.
    struct Hill: Callback {
      func afterEpoch(_ trainer: inout some TrainingLoop) {
        trainer.metrics["hill"] = [1, 2, 3, 3.05, 2, 1, 0][trainer.epochsDone - 1]
      }
    }
    func run(_ rule: any Callback, epochs: Int = 7) throws -> Trainer<Linear, SoftmaxCrossEntropy, SGD> {
      var trainer = Self.trainer([], [Hill(), rule])
      try trainer.fit(Self.data, epochs: epochs)
      return trainer
    }
    let exact = try run(EarlyStopping(patience: 2, monitor: .highest("hill")))
    #expect(exact.epochsDone == 6 && exact[EarlyStopping.self]?.best.epoch == 4)
    // 3.05 is no gain over 3 by 0.1, and still the best.
    let coarse = try run(EarlyStopping(patience: 2, monitor: .highest("hill"), minimalGain: 0.1))
    #expect(coarse.epochsDone == 5 && coarse[EarlyStopping.self]?.best.figure == 3.05)
    #expect(try run(EarlyStopping(patience: 2, monitor: .lowest("hill"))).epochsDone == 3)
    #expect(try run(BestState(monitor: .highest("hill")))[BestState.self]?.epoch == 4)
    let plateau = try run(ReduceOnPlateau(patience: 1, threshold: 0.1, monitor: .highest("hill")), epochs: 5)
    #expect(abs(plateau.learningRate - 0.01) < 1e-12 && plateau.plateau?.best == 3)
  }

  @Test func `a figure that epochs do not have is named with the nearest`() throws {
    var trainer = Self.trainer([Recall()], [EarlyStopping(patience: 1, monitor: .highest("recal"))])
    let error = #expect(throws: CallbackError.self) { try trainer.fit(Self.data, validation: Self.data, epochs: 1) }
    #expect(
      error?.description == "the callback EarlyStopping failed: no figure of an epoch is called \"recal\"; "
        + "did you mean \"recall\"? There are: loss, accuracy, recall")
  }
}
