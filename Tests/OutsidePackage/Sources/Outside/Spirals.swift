import Strata

/// Points on spirals that grow out of one center, `arms` classes of them: new ones in each pass.
public struct Spirals: BatchSource, Sendable {
  public let arms: Int
  /// The batches of an epoch; nil to end after as many without saying so before.
  public let knownCount: Int?

  public init(arms: Int, knownCount: Int? = nil) { (self.arms, self.knownCount) = (arms, knownCount) }

  public func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
    var generator = RandomGenerator(seed: request.seed, stream: UInt64(request.epoch ?? 1 << 20))
    var left = knownCount ?? 20
    return BatchStream(count: knownCount) {
      guard left > 0 else { return nil }
      left -= 1
      let radius = Tensor(uniform: [request.batchSize], in: 0.1..<1, using: &generator)
      let arm = (0..<request.batchSize).map { $0 % arms }
      let start = Tensor(labels: arm).converted(to: .float32) * (2 * .pi / Double(arms))
      let angle = 3 * radius + start
      let points = Tensor(stacking: [radius * cos(angle), radius * sin(angle)]).transposed.tensor
      return Dataset.Batch(inputs: points, labels: Tensor(labels: arm))
    }
  }
}
