import StrataTensor

/// One pass over a ``BatchSource``, as whoever asks for it wants it.
public struct BatchRequest: Sendable, Equatable {
  /// How many examples a batch should have.
  public var batchSize: Int { didSet { requireOptions() } }

  /// Which epoch of training this is, from 0; nil for an evaluation, in which no order is better than the stored one.
  public var epoch: Int? { didSet { requireOptions() } }

  /// What random orders follow from.
  public var seed: UInt64

  /// Whether a smaller batch of what is left ends the pass; else that is dropped.
  public var keepsRemainder: Bool

  /// A pass in batches of this size.
  public init(batchSize: Int, epoch: Int? = nil, seed: UInt64 = Runtime.seed, keepsRemainder: Bool = true) {
    (self.batchSize, self.epoch, self.seed, self.keepsRemainder) = (batchSize, epoch, seed, keepsRemainder)
    requireOptions()
  }

  private func requireOptions() {
    require(
      batchSize >= 1 && epoch ?? 0 >= 0,
      "a batch of \(batchSize) examples in epoch \(epoch ?? 0) is not possible; batches have 1 or more, epochs count from 0"
    )
  }
}
