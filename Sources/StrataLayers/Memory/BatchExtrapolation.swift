import StrataTensor

extension Layer {
  /// Numbers that grow by as much with each sample of a batch, for a batch of this shape, found with batches of
  /// two, three and four.
  ///
  /// Where a layer says that its cache does not grow evenly, or these three show it, the batch itself is tried.
  package func extrapolated(to input: Shape, _ measure: (_ input: Shape) throws -> [Int]) rethrows -> [Int] {
    guard input.rank > 0, input[0] > 4, allLayersGrowEvenly else { return try measure(input) }
    let (two, three, four) = (
      try measure(input.withLeading(2)), try measure(input.withLeading(3)), try measure(input.withLeading(4))
    )
    guard zip(two, zip(three, four)).allSatisfy({ $1.1 - $1.0 == $1.0 - $0 }) else { return try measure(input) }
    return zip(two, three).map { $0 + (input[0] - 2) * ($1 - $0) }
  }

  private var allLayersGrowEvenly: Bool {
    var answer = true
    var walk = ModelWalk { value, _ in
      if let layer = value as? any Layer, !layer.cacheGrowsEvenly { answer = false }
      return value is any TensorHolder || value is RandomStream || value is Tensor
    }
    walk.walk(self)
    return answer
  }
}
