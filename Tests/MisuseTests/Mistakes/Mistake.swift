/// A mistake as somebody makes it who comes from another framework.
struct Mistake: Sendable {
  /// What was done.
  let title: String

  /// The message, word for word: what is wrong, where, and what to do.
  let message: String

  /// The lines that make the mistake.
  let code: @Sendable () throws -> Void

  init(_ title: String, _ message: String, code: @escaping @Sendable () throws -> Void) {
    (self.title, self.message, self.code) = (title, message, code)
  }

  /// All mistakes.
  static let all =
    shapeMistakes + labelMistakes + dataMistakes + optionMistakes + optimizerMistakes + layerMistakes + fileMistakes
    + loadingMistakes
}
