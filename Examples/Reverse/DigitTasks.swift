import Strata

/// Sequences of digits to be reversed or sorted, none of them stored: each batch is drawn when it is asked for.
///
/// A source is the task, the digits, and padding up to a fixed length: [B, L + 1]. The decoder is given `begin` and then the
/// result, and predicts the result and then `end`, [B, L + 1] each. Padding of the labels does not count in the loss.
struct DigitTasks: BatchSource {
  /// What to do with the digits, as a token after the digits 0 to 9.
  enum Task: Int32 {
    case reverse = 10
    case sort

    func result(of digits: [Int32]) -> [Int32] { self == .reverse ? digits.reversed() : digits.sorted() }
  }

  static let (begin, end, padding) = (Int32(12), Int32(13), Int32(14))

  /// The number of different tokens.
  static let vocabularySize = 15

  /// The number of digits, at most; at least half as many.
  let length: Int

  /// How many there are in an epoch, and in an evaluation.
  let count: Int

  /// Which examples an evaluation has; those of training are different, but for short ones, of which there are few.
  var evaluation: UInt64 = 0

  struct Example {
    let task: Task
    let digits: [Int32]
    var result: [Int32] { task.result(of: digits) }
  }

  func batches(for request: BatchRequest) -> BatchStream<Pair<Tensor, Tensor>, Tensor> {
    let starts = Array(stride(from: 0, to: count, by: request.batchSize))
    return BatchStream(
      starts.lazy.map { start in
        let examples = (start..<min(count, start + request.batchSize)).map { example($0, for: request) }
        return batch(of: examples)
      })
  }

  /// Returns the inputs and labels of some examples.
  func batch(of examples: [Example]) -> Examples<Pair<Tensor, Tensor>, Tensor>.Batch {
    func padded(_ tokens: [Int32]) -> [Int32] {
      tokens + Array(repeating: Self.padding, count: length + 1 - tokens.count)
    }
    func rows(_ row: (Example) -> [Int32]) -> Tensor {
      Tensor(examples.flatMap { padded(row($0)) }, shape: [examples.count, length + 1])
    }
    return .init(
      inputs: Pair(rows { [$0.task.rawValue] + $0.digits }, rows { [Self.begin] + $0.result }),
      labels: rows { $0.result + [Self.end] })
  }

  /// Returns the n-th example of a pass, a function of the seed.
  func example(_ number: Int, for request: BatchRequest) -> Example {
    let stream: UInt64 = request.epoch.map { 0xE1 << 48 | UInt64($0) } ?? (0xE2 << 48 | evaluation)
    var generator = RandomGenerator(seed: request.seed, stream: stream, position: UInt64(number) << 16)
    func draw(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + Int(generator.nextUniform() * Double(range.count))
    }
    let task: Task = draw(0...1) == 0 ? .reverse : .sort
    let count = draw((length + 1) / 2...length)
    return Example(task: task, digits: (0..<count).map { _ in Int32(draw(0...9)) })
  }
}
