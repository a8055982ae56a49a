import StrataData
import StrataDiagnosis
import StrataLayers
import StrataTensor
import StrataTraining

/// What is measured of a model.
struct Measures: Sendable {
  var summary: ModelSummary?
  var plan: MemoryPlan?
  var flow: GradientFlow?
  var classes: ClassMeasures?
  /// After which epoch the flow and the classes were measured, and after which step.
  var epoch = 0
  var step = 0
  /// Whether it was at the end of the epoch.
  var isAtEpochEnd = true
}

/// Examples that a report looks at the model with, whatever tensors they consist of.
protocol ReportExamples: Sendable {
  /// Checks that they fit the model.
  func admit<Loop: TrainingLoop>(to loop: Loop) throws

  /// Adds what needs no training to be known: the table of the model, and what training takes of memory.
  func describe<Loop: TrainingLoop>(_ loop: Loop, batchSize: Int, in measures: inout Measures) throws

  /// Adds what changes with training: classes, and the flow of the gradient.
  func measure<Loop: TrainingLoop>(_ loop: Loop, in measures: inout Measures) throws
}

/// Examples of a source.
struct SourceExamples<Inputs: TensorGroup, Labels: TensorGroup>: ReportExamples {
  let source: any BatchSource<Inputs, Labels> & Sendable
  let classNames: [String]
  let pictureShape: Shape?

  /// The rows of which the flow of the gradient is measured.
  private static var flowRows: Int { 64 }

  func admit<Loop: TrainingLoop>(to loop: Loop) throws {
    let examples = typed(for: loop)
    var batches = try examples.source.batches(for: BatchRequest(batchSize: 256))
    var check = BatchCheck(loop.model, loop.loss)
    try check.admit(&batches, for: "the report")
    guard let batch = try batches.next() else { return }
    try check.admit(batch)
    if let pictureShape {
      let numbers = (batch.inputs as? Tensor).map { $0.count / max(1, batch.count) } ?? 0
      require(
        numbers == pictureShape.count,
        "RunReport: a picture of shape \(pictureShape) has \(pictureShape.count) numbers, and an example has \(numbers); "
          + "give the shape of one example's picture")
    }
    if !classNames.isEmpty, let last = try loop.model.validate(input: batch.inputs.shapes)?.first?.lengths.last {
      require(
        classNames.count == max(2, last),
        "RunReport: \(classNames.count) names for \(max(2, last)) classes; give a name for each class")
    }
  }

  func describe<Loop: TrainingLoop>(_ loop: Loop, batchSize: Int, in measures: inout Measures) throws {
    guard let batch = try typed(for: loop).firstBatch(rows: batchSize) else { return }
    measures.summary = try loop.model.summary(at: batch.inputs)
    if let model = loop.model as? Sequential, let inputs = batch.inputs as? Tensor {
      measures.plan = try model.memoryPlan(input: inputs.shape, dtype: inputs.dtype, optimizer: loop.optimizer)
    } else {
      measures.plan = try loop.model.memoryPlan(at: batch.inputs, optimizer: loop.optimizer)
    }
  }

  func measure<Loop: TrainingLoop>(_ loop: Loop, in measures: inout Measures) throws {
    let examples = typed(for: loop)
    (measures.epoch, measures.step) = (loop.epochsDone, loop.stepsDone)
    measures.isAtEpochEnd = loop.epoch.map { $0.number == loop.epochsDone } ?? true
    measures.classes = try examples.classes(of: loop)
    // A batch that is too small for training, as one row is for BatchNorm, has no flow.
    guard let batch = try examples.firstBatch(rows: Self.flowRows),
      (try? loop.model.validate(trainingInput: batch.inputs.shapes)) != nil
    else { return }
    measures.flow = GradientFlow(
      of: loop.model, at: batch.inputs, batch.labels, loss: loop.loss, optimizer: loop.optimizer)
  }

  /// These examples, as the model's types have them.
  private func typed<Loop: TrainingLoop>(for loop: Loop) -> SourceExamples<Loop.Model.Input, Loop.Goal.Target> {
    guard let examples = self as? SourceExamples<Loop.Model.Input, Loop.Goal.Target> else {
      stop(
        "RunReport: examples of \(Inputs.self) with labels of \(Labels.self) do not fit a model of "
          + "\(Loop.Model.Input.self) and a loss of \(Loop.Goal.Target.self); give the report examples such as the model "
          + "is trained on")
    }
    return examples
  }

  /// The first examples; nil where there are none.
  private func firstBatch(rows: Int) throws -> Examples<Inputs, Labels>.Batch? {
    var batches = try source.batches(for: BatchRequest(batchSize: rows))
    guard let batch = try batches.next(), batch.count > 0 else { return nil }
    return batch
  }

  private func classes<Loop: TrainingLoop>(
    of loop: Loop
  ) throws -> ClassMeasures? where Loop.Model.Input == Inputs, Loop.Goal.Target == Labels {
    var batches = try source.batches(for: BatchRequest(batchSize: 256))
    var measures: ClassMeasures?
    while let batch = try batches.next() {
      guard let output = loop.model(batch.inputs) as? Tensor, let labels = batch.labels as? Tensor else { return nil }
      if measures == nil {
        measures = ClassMeasures(
          output, labels, isOfLogits: loop.loss is any LogitLoss, ignoredIndex: loop.loss.ignoredIndex,
          pictureShape: pictureShape)
        if measures == nil { return nil }
      }
      measures!.add(batch.inputs as? Tensor, output, labels)
    }
    return measures
  }
}
