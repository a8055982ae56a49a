import StrataTensor

/// Which caches of a ``Sequential`` are kept, and which are made again in the backward pass.
public struct CheckpointStrategy: Sendable, CustomStringConvertible {
  /// What it is called, as it is written.
  public let description: String
  package let plan: @Sendable (_ layers: [any Layer]) -> CheckpointPlan

  /// Every cache is kept: nothing is computed twice.
  public static let plain = CheckpointStrategy(description: ".plain") { .keepingAll(0..<$0.count) }

  /// Segments of `count` layers. The input of each is kept, and the caches of the last one.
  public static func everySegment(of count: Int) -> CheckpointStrategy {
    require(count >= 1, "checkpointed(.everySegment(of: \(count))): a segment has one layer at least")
    return CheckpointStrategy(description: ".everySegment(of: \(count))") {
      .segments(startingAt: Array(stride(from: 0, to: $0.count, by: count)), count: $0.count)
    }
  }

  /// √n segments of about √n layers with parameters each, where n is how many such layers there are; a layer
  /// without parameters goes with the one before it. Memory grows by √n, and each layer runs forward at most
  /// once more.
  ///
  /// Chen, Xu, Zhang and Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016.
  public static let squareRoot = CheckpointStrategy(description: ".squareRoot") { layers in
    var blocks = layers.indices.filter { layers[$0].parameterCount > 0 }
    if blocks.isEmpty { blocks = Array(layers.indices) }
    guard !blocks.isEmpty else { return .keepingAll(0..<0) }
    blocks[0] = 0
    let segments = max(1, Int(Double(blocks.count).squareRoot().rounded()))
    let starts = (0..<segments).map { blocks[$0 * blocks.count / segments] }
    return .segments(startingAt: starts, count: layers.count)
  }

  /// The caches of the layers for which `keeps` is true stay; each run of others is computed again from its
  /// input, which stays instead. Keep what is dear to compute, such as products, and recompute what is
  /// cheap, such as normalizations.
  ///
  /// The cache of an activation that is its own output (``ReLU``, ``Sigmoid``, ``Tanh``) stays as well where a
  /// layer that is kept follows: that layer has the same tensor as its input.
  public static func selective(_ keeps: @escaping @Sendable (_ layer: any Layer) -> Bool) -> CheckpointStrategy {
    CheckpointStrategy(description: ".selective") { layers in
      var isKept = layers.map(keeps)
      for position in layers.indices.dropLast().reversed() where isKept[position + 1] {
        let activation = layers[position] as? any Activation
        if activation?.function.kept == .output { isKept[position] = true }
      }
      var steps: [CheckpointPlan.Step] = []
      var position = 0
      while position < layers.count {
        let end = layers[position...].indices.first { isKept[$0] } ?? layers.count
        if position < end { steps.append(.recompute(position..<end, .keepingAll(position..<end))) }
        if end < layers.count { steps.append(.keep(end)) }
        position = end + 1
      }
      return CheckpointPlan(steps: steps)
    }
  }
}
