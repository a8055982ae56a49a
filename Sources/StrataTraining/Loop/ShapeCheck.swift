import StrataData
import StrataLayers
import StrataTensor

/// Asks a model about the shapes of batches, of each shape once.
struct ShapeCheck<Model: Module> {
  private let model: Model
  private let isForTraining: Bool
  private var seen: Set<[Shape]> = []

  init(_ model: Model, isForTraining: Bool = false) { (self.model, self.isForTraining) = (model, isForTraining) }

  /// Throws unless the model takes what is known of the batches before they are made: the first, and a smaller last one.
  mutating func admit<Labels>(_ batches: inout BatchStream<Model.Input, Labels>, for purpose: String) throws {
    guard let first = try batches.peek() else { throw TrainingDataError.noExamples(purpose: purpose) }
    try admit(first.inputs.shapes)
    for rows in batches.rowCounts { try admit(first.inputs.shapes.map { $0.withLeading(rows) }) }
  }

  /// Throws unless the model takes inputs of these shapes.
  mutating func admit(_ shapes: [Shape]) throws {
    guard seen.insert(shapes).inserted else { return }
    if isForTraining { try model.validate(trainingInput: shapes) } else { try model.validate(input: shapes) }
  }
}
