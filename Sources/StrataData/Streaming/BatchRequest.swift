import StrataTensor

/// One pass over a ``BatchSource``, as whoever asks for it wants it.
public struct BatchRequest: Sendable, Equatable {
  /// How many examples a batch should have.
  public var batchSize: Int

  /// Which epoch of training this is, from 0; nil for an evaluation, in which no order is better than the stored one.
  public var epoch: Int?

  /// What random orders follow from.
  public var seed: UInt64

  /// Whether a smaller batch of what is left ends the pass; else that is dropped.
  public var keepsRemainder: Bool

  /// A pass in batches of this size.
  public init(batchSize: Int, epoch: Int? = nil, seed: UInt64 = Runtime.seed, keepsRemainder: Bool = true) {
    (self.batchSize, self.epoch, self.seed, self.keepsRemainder) = (batchSize, epoch, seed, keepsRemainder)
  }
}
