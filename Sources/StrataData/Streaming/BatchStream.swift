import StrataTensor

/// The batches of one pass over a ``BatchSource``, one after the other, each made when it is asked for.
public struct BatchStream<Inputs: TensorGroup, Labels: TensorGroup> {
  /// Some examples of the pass.
  public typealias Batch = Examples<Inputs, Labels>.Batch

  /// How many batches the pass has, where that is known before its end.
  public let count: Int?

  /// How many rows its batches have, where that is known: each number that occurs, in any order.
  package let rowCounts: [Int]

  /// The inputs and labels of all its rows, in any order, where they are known.
  package let inputs: Inputs?
  package let labels: Labels?

  private let make: () throws -> Batch?
  /// Leaves out some batches without making them, where the source can.
  private let omit: ((_ count: Int) -> Void)?
  private var made: Batch?

  /// The batches that a function gives, one at each call, and nil after the last.
  ///
  /// - Parameters:
  ///   - count: How many there will be, where that is known: progress then shows how far the epoch is, and schedules can
  ///     go by epochs.
  ///   - next: Makes the next batch. What it throws ends the training with this error.
  public init(count: Int? = nil, next: @escaping () throws -> Batch?) {
    require(count ?? 0 >= 0, "BatchStream: \(count ?? 0) batches are not possible")
    self.init(count: count, rowCounts: [], inputs: nil, labels: nil, omit: nil, next: next)
  }

  init(
    count: Int?, rowCounts: [Int], inputs: Inputs?, labels: Labels?, omit: ((_ count: Int) -> Void)?,
    next: @escaping () throws -> Batch?
  ) {
    (self.count, self.rowCounts, self.inputs, self.labels) = (count, rowCounts, inputs, labels)
    (make, self.omit) = (next, omit)
  }

  /// The batches of a sequence.
  public init(_ batches: some Sequence<Batch>) {
    var iterator = batches.makeIterator()
    self.init(count: nil) { iterator.next() }
  }

  /// The batches of a collection, whose number is known before their end.
  public init(_ batches: some RandomAccessCollection<Batch>) { self.init(batches, rowCounts: [], of: nil) }

  init(_ batches: some RandomAccessCollection<Batch>, rowCounts: [Int], of examples: Examples<Inputs, Labels>?) {
    var rest = batches[...]
    self.init(
      count: batches.count, rowCounts: rowCounts, inputs: examples?.inputs, labels: examples?.labels,
      omit: { rest = rest.dropFirst($0) }, next: { rest.popFirst() })
  }

  /// The next batch, without taking it out; nil after the last.
  public mutating func peek() throws -> Batch? {
    if made == nil { made = try make() }
    return made
  }

  /// Takes out the next batch; nil after the last.
  public mutating func next() throws -> Batch? { try made.take() ?? make() }

  /// Leaves out the next batches, as a run that goes on in the middle of an epoch does.
  package mutating func skip(_ count: Int) throws {
    guard count > 0 else { return }
    let isMade = made.take() != nil
    if let omit { return omit(isMade ? count - 1 : count) }
    for _ in (isMade ? 1 : 0)..<count {
      if try make() == nil { return }
    }
  }
}
