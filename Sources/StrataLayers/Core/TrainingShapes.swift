import StrataTensor

/// Whether the shapes that modules are asked about are those of training, which can ask for more than inference does: a
/// ``BatchNorm`` for more than one value a channel.
enum TrainingShapes {
  @TaskLocal static var areChecked = false
}

extension Module {
  /// Checks as ``validate(input:)`` does, and what training alone cannot take.
  ///
  /// - Throws: ``ShapeError`` with all mismatches at once.
  @discardableResult
  public func validate(trainingInput: [Shape]) throws -> [Shape]? {
    try TrainingShapes.$areChecked.withValue(true) { try validate(input: trainingInput) }
  }
}
