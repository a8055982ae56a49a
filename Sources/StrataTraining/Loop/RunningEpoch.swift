/// An epoch at work.
public struct RunningEpoch: Sendable {
  /// Which epoch of the trainer this is, from 1.
  public let number: Int

  /// The number of the last epoch that is to be trained.
  public let last: Int

  /// How many batches it has, where the data know that.
  public let batchCount: Int?

  /// How many batches are done.
  public private(set) var batchesDone = 0

  /// Loss and accuracy on the training examples so far.
  public private(set) var training = Evaluation()

  init(number: Int, last: Int, batchCount: Int?) {
    (self.number, self.last, self.batchCount) = (number, last, batchCount)
  }

  /// Goes on where an epoch was saved.
  mutating func resume(after batches: Int, _ training: Evaluation) {
    (batchesDone, self.training) = (batches, training)
  }

  mutating func add(_ step: Evaluation) {
    batchesDone += 1
    training += step
  }
}
