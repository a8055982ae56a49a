import StrataTensor

/// The steps of each sequence of the memory, known to every ``CrossAttention`` of the decoder that runs.
package enum MemoryLengths {
  private static let scope = TaskScoped<[Int]?>()

  /// The steps of each sequence; nil where each has as many as the axis is long.
  package static var current: [Int]? { scope.current ?? nil }

  /// Runs `body` with the lengths of the source that the memory was made of, if it has any.
  package static func running<R>(of source: some TensorGroup, _ body: () throws -> R) rethrows -> R {
    guard let padded = source as? PaddedSequences else { return try body() }
    return try scope.with(padded.layout.unequalLengths, body)
  }
}
