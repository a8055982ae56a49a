/// What becomes of the caches of a chain of layers in the forward pass: each is kept, or thrown away to be made
/// again in the backward pass.
package struct CheckpointPlan: Sendable, Equatable {
  /// The steps, which cover the chain from its first layer to its last.
  package var steps: [Step]

  package init(steps: [Step]) { self.steps = steps }

  package enum Step: Sendable, Equatable {
    /// This layer runs and its cache stays.
    case keep(Int)
    /// These layers run and only what goes into the first of them stays. Backward runs them again, by a plan of
    /// their own.
    case recompute(Range<Int>, CheckpointPlan)
  }

  /// Every cache of these layers is kept.
  package static func keepingAll(_ layers: Range<Int>) -> CheckpointPlan {
    CheckpointPlan(steps: layers.map { .keep($0) })
  }

  /// The chain is cut at these positions; each segment is computed again from its input but the last, whose
  /// backward comes first and keeps its caches.
  package static func segments(startingAt starts: [Int], count: Int) -> CheckpointPlan {
    var steps: [Step] = []
    for (start, end) in zip(starts, starts.dropFirst()) {
      steps.append(.recompute(start..<end, .keepingAll(start..<end)))
    }
    return CheckpointPlan(steps: steps + keepingAll((starts.last ?? 0)..<count).steps)
  }

  /// How often each layer runs in the backward pass once more.
  package func recomputations(count: Int) -> [Int] {
    var times = Array(repeating: 0, count: count)
    for case .recompute(let range, let inner) in steps {
      for position in range { times[position] += 1 }
      for (position, more) in inner.recomputations(count: count).enumerated() { times[position] += more }
    }
    return times
  }
}
