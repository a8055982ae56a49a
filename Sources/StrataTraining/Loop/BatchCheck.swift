import StrataData
import StrataLayers
import StrataTensor

/// Asks a model and a loss whether they take batches: about each shape once, about known examples all at once.
package struct BatchCheck<Model: Module, Goal: Objective> where Goal.Output == Model.Output {
  let model: Model
  let loss: Goal
  var isForTraining = false

  /// How many rows the model takes at a time.
  var partSize = Int.max

  private var outputs: [[Shape]: [Shape]?] = [:]
  private var areExamplesChecked = false

  /// What reads the model's input, if it takes indices.
  private let table: Embedding?

  package init(_ model: Model, _ loss: Goal) {
    (self.model, self.loss, table) = (model, loss, model.firstLayer as? Embedding)
  }

  /// Throws unless all that is known of the batches before they are made fits: the first, a smaller last one, indices and labels.
  package mutating func admit(_ batches: inout BatchStream<Model.Input, Goal.Target>, for purpose: String) throws {
    guard let first = try batches.peek() else { throw TrainingDataError.noExamples(purpose: purpose) }
    let shapes = first.inputs.shapes
    for rows in batches.rowCounts { try admit(shapes.map { $0.withLeading(rows) }) }
    areExamplesChecked = batches.labels != nil
    if let inputs = batches.inputs { try admitIndices(inputs) }
    if let labels = batches.labels, let rows = labels.rowCount,
      let output = try model.validate(input: shapes.map { $0.withLeading(rows) })
    {
      try loss.validate(labels, for: output)
    }
  }

  /// Throws unless a batch fits.
  package mutating func admit(_ batch: Examples<Model.Input, Goal.Target>.Batch) throws {
    let output = try admit(batch.inputs.shapes)
    if areExamplesChecked { return }
    try admitIndices(batch.inputs)
    if let output { try loss.validate(batch.labels, for: output) }
  }

  private func admitIndices(_ inputs: Model.Input) throws {
    guard let table, let indices = inputs as? Tensor, let reason = table.refusal(of: indices) else { return }
    throw TrainingDataError.unusableInputs("\(table) \(reason)")
  }

  /// Returns the shapes of the model's output for inputs of these shapes, where they are known.
  @discardableResult
  private mutating func admit(_ shapes: [Shape]) throws -> [Shape]? {
    if let known = outputs[shapes] { return known }
    if isForTraining {
      let rows = shapes[0][0]
      for part in [min(rows, partSize), rows % partSize] where part > 0 {
        try model.validate(trainingInput: shapes.map { $0.withLeading(part) })
      }
    }
    let output = try model.validate(input: shapes)
    outputs[shapes] = .some(output)
    return output
  }
}
