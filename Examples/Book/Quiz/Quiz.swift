import StrataTensor

/// The questions of the quiz, from easy to hard.
enum Quiz {
  static let levels: [(name: String, questions: [Question])] = [
    ("easy", Question.easy), ("layers and losses", Question.layers), ("depth and memory", Question.depth),
    ("hard", Question.hard),
  ]

  /// What the page has of a question.
  struct Entry: Encodable {
    let text, level, why, code, output, chapter, chapterTitle: String
    let options: [String]
    let right: Int
  }

  /// Returns the questions with their answers, the options of each in a random order.
  ///
  /// - Throws: `InputError` where the code of one returns none of its options.
  static func entries(titles: [String: String]) throws -> [Entry] {
    var generator = RandomGenerator(seed: 1)
    return try levels.flatMap { level, questions in
      try questions.map { question in
        let answer = question.options[try question.right()]
        let options = question.options.shuffled(using: &generator)
        return Entry(
          text: question.text, level: level, why: question.why, code: try question.code(), output: answer,
          chapter: question.chapter, chapterTitle: titles[question.chapter] ?? question.chapter, options: options,
          right: options.firstIndex(of: answer)!)
      }
    }
  }
}
