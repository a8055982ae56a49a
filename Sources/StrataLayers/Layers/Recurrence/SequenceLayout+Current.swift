import StrataTensor

extension SequenceLayout {
  private static let scope = TaskScoped<SequenceLayout>()

  /// The layout of the sequences whose steps are the rows that layers see now: inside of a ``PackedSequential``,
  /// forward and backward; nil elsewhere.
  ///
  /// Your own layer that mixes the steps of a sequence makes its layout by ``init(of:)`` and keeps it in its cache.
  public static var current: SequenceLayout? { scope.current }

  /// Runs layers on the rows of this layout.
  package func running<R>(_ layers: () throws -> R) rethrows -> R {
    try Self.scope.with(packed, layers)
  }

  /// The layout of the input of a layer that mixes the steps of a sequence: of a [B, T, D], or, inside of a
  /// ``PackedSequential``, of the steps of its sequences, [N, D]. Nil for another shape.
  public init?(of input: Shape) {
    if input.rank == 3 {
      self.init(batch: input[0], time: input[1])
    } else if input.rank == 2, let current = Self.current, current.rowCount == input[0] {
      self = current
    } else {
      return nil
    }
  }

  /// The inputs for which ``init(of:)`` has a layout, in words.
  static func expectedInput(_ features: String) -> String {
    "[B, T, \(features)]"
      + (current.map { ", or [\($0.rowCount), \(features)], the steps of the \($0.batch) sequences" } ?? "")
  }
}
