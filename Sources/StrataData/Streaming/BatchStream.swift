import StrataTensor

/// The batches of one pass over a ``BatchSource``, one after the other, each made when it is asked for.
public struct BatchStream<Inputs: TensorGroup, Labels: TensorGroup> {
  /// Some examples of the pass.
  public typealias Batch = Examples<Inputs, Labels>.Batch

  /// How many batches the pass has, where that is known before its end.
  public let count: Int?

  /// How many rows its batches have, where that is known: each number that occurs, in any order.
  package let rowCounts: [Int]

  /// The labels of all its rows, in any order, where they are known.
  package let labels: Labels?

  private let make: () throws -> Batch?
  private var made: Batch?

  /// The batches that a function gives, one at each call, and nil after the last.
  ///
  /// - Parameters:
  ///   - count: How many there will be, where that is known: progress then shows how far the epoch is, and schedules can
  ///     go by epochs.
  ///   - next: Makes the next batch. What it throws ends the training with this error.
  public init(count: Int? = nil, next: @escaping () throws -> Batch?) {
    require(count ?? 0 >= 0, "BatchStream: \(count ?? 0) batches are not possible")
    (self.count, rowCounts, labels, make) = (count, [], nil, next)
  }

  /// The batches of a sequence. Their number is known before its end for a random-access collection.
  public init<S: Sequence<Batch>>(_ batches: S) { self.init(batches, rowCounts: [], labels: nil) }

  init<S: Sequence<Batch>>(_ batches: S, rowCounts: [Int], labels: Labels?) {
    count = (batches as? any RandomAccessCollection)?.count
    (self.rowCounts, self.labels) = (rowCounts, labels)
    var iterator = batches.makeIterator()
    make = { iterator.next() }
  }

  /// The next batch, without taking it out; nil after the last.
  public mutating func peek() throws -> Batch? {
    if made == nil { made = try make() }
    return made
  }

  /// Takes out the next batch; nil after the last.
  public mutating func next() throws -> Batch? { try made.take() ?? make() }
}
