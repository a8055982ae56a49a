import StrataTensor

/// Finds plans of a chain by dynamic programming over its segments and the memory left to them.
///
/// Let C(s, t, m) be the least arithmetic to run layers s…t forward again and backward in m bytes besides the input
/// of s. Either the cache of s is kept, and s + 1…t has that much less; or s…c − 1 run with no cache kept, c…t has
/// less by their output, and s…c − 1 are then solved for themselves with the same memory, nested:
///
/// C(s, t, m) = min { C(s + 1, t, m − cache of s), min over c of F(s…c − 1) + C(c, t, m − x_c) + C(s, c − 1, m − dx_c) }.
///
/// Memory is cut into slots for this, so sizes are rounded; what a plan needs is then worked out exactly by
/// ``ChainSimulation``, and only that decides.
///
/// Beaumont, Eyraud-Dubois, Herrmann, Joly and Shilova, "Optimal Checkpointing for Heterogeneous Chains: How to Train
/// Deep Neural Networks with Limited Memory", 2019; Gruslys, Munos, Danihelka, Lanctot and Graves,
/// "Memory-Efficient Backpropagation Through Time", 2016.
struct CheckpointPlanner {
  private let facts: [LayerFacts]
  private let count: Int
  private var slots = 0
  private let slotBytes: Int
  /// F: the cost of all layers before one.
  private let costBefore: [Int]
  /// C where the cache of s is kept, and C, at [(s · count + t) · (slots + 1) + m].
  private var keeping: [Int] = []
  private var least: [Int] = []

  private static let impossible = Int.max / 4

  /// The tables grow by the square of the length: beyond this, segments of equal length are all that is tried.
  private static let longestChain = 256

  /// Plans of different needs, each with the one before it cheaper and larger.
  static func plans(for facts: [LayerFacts]) -> [PlannedChain] {
    let all = CheckpointPlan.keepingAll(0..<facts.count)
    guard facts.count > 1 else { return [PlannedChain(all, facts)] }
    var candidates = [all]
    candidates += (1..<facts.count).map { size in
      .segments(startingAt: Array(stride(from: 0, to: facts.count, by: size)), count: facts.count)
    }
    if facts.count <= longestChain {
      candidates += CheckpointPlanner(facts, plainBytes: ChainSimulation.peakBytes(of: all, facts)).candidates()
    }
    let planned = candidates.map { PlannedChain($0, facts) }
    var chosen: [PlannedChain] = []
    // From the smallest up, a plan must save arithmetic for what it needs more, and not trade it for products.
    for plan in planned.sorted(by: { ($0.peakBytes, $0.cost) < ($1.peakBytes, $1.cost) }) {
      let isBetter = chosen.last.map { plan.cost < $0.cost && plan.extraProducts <= $0.extraProducts } ?? true
      if isBetter { chosen.append(plan) }
    }
    return chosen.reversed()
  }

  private init(_ facts: [LayerFacts], plainBytes: Int) {
    self.facts = facts
    count = facts.count
    // As fine as some tens of millions of steps allow.
    slotBytes = max(1, plainBytes / min(512, max(64, 600_000_000 / (count * count * count))))
    costBefore = facts.reduce(into: [0]) { $0.append($0.last! + $1.cost) }
    // As many slots as the plain chain fills when its sizes are rounded.
    let held = (0..<count - 1).reduce(0) { $0 + kept($1).beforeKept }
    slots = held + (0..<count).reduce(0) { max($0, need($1)) }
    keeping = Array(repeating: Self.impossible, count: count * count * (slots + 1))
    least = keeping
    for length in 0..<count {
      for first in 0..<count - length { solve(first, first + length) }
    }
  }

  private func row(_ first: Int, _ last: Int) -> Int { (first * count + last) * (slots + 1) }

  private func slots(_ bytes: Int) -> Int { (bytes + slotBytes / 2) / slotBytes }

  /// What stays of a layer whose cache is kept: where the next one's is kept too, and where it is not.
  private func kept(_ position: Int) -> (beforeKept: Int, beforeDropped: Int) {
    let (layer, next) = (facts[position], facts[position + 1])
    let own = layer.shared.ownBytes
    let isOutputHeld = layer.shared.holdsOutput || next.shared.holdsInput
    return (slots(own + (isOutputHeld ? layer.outputBytes : 0)), slots(own + layer.outputBytes))
  }

  /// What a layer needs to run forward and backward by itself.
  private func need(_ position: Int) -> Int {
    let layer = facts[position]
    let held = layer.shared.ownBytes + (layer.shared.holdsOutput ? layer.outputBytes : 0)
    return slots(max(layer.shared.peakBytes, held + layer.outputBytes + layer.backwardPeakBytes))
  }

  private mutating func solve(_ first: Int, _ last: Int) {
    let (here, width, need) = (row(first, last), slots + 1, need(first))
    if first == last {
      for m in 0..<width where m >= need { (keeping[here + m], least[here + m]) = (0, 0) }
      return
    }
    let (near, far) = kept(first)
    let next = row(first + 1, last)
    let impossible = Self.impossible
    let costs = (first + 1...last).map { costBefore[$0] - costBefore[first] }
    let outputs = (first + 1...last).map { slots(facts[$0 - 1].outputBytes) }
    let starts = (first + 1...last).map { (after: row($0, last), before: row(first, $0 - 1)) }
    keeping.withUnsafeMutableBufferPointer { keeping in
      least.withUnsafeMutableBufferPointer { least in
        for m in 0..<width {
          var best = impossible
          if m >= max(need, near) { best = min(best, keeping[next + m - near]) }
          if m >= max(need, far) { best = min(best, least[next + m - far]) }
          keeping[here + m] = best
          least[here + m] = best
        }
        for index in costs.indices {
          let (cost, output, start) = (costs[index], outputs[index], starts[index])
          if output > slots { continue }
          for m in output..<width {
            let total = cost + least[start.after + m - output] + least[start.before + m - output]
            if total < least[here + m] { least[here + m] = total }
          }
        }
      }
    }
  }

  /// One plan for each cost that some memory makes possible.
  private func candidates() -> [CheckpointPlan] {
    var plans: [CheckpointPlan] = []
    var lastCost = Self.impossible
    for m in 0...slots {
      let cost = least[row(0, count - 1) + m]
      if cost < lastCost {
        plans.append(CheckpointPlan(steps: steps(0, count - 1, m)))
        lastCost = cost
      }
    }
    return plans
  }

  /// The steps that make C(first, last, m).
  private func steps(_ first: Int, _ last: Int, _ m: Int) -> [CheckpointPlan.Step] {
    let cost = least[row(first, last) + m]
    if cost == keeping[row(first, last) + m] { return keepingSteps(first, last, m) }
    for cut in first + 1...last {
      let output = slots(facts[cut - 1].outputBytes)
      guard m >= output else { continue }
      let own = costBefore[cut] - costBefore[first]
      if own + least[row(cut, last) + m - output] + least[row(first, cut - 1) + m - output] == cost {
        let inner = CheckpointPlan(steps: steps(first, cut - 1, m - output))
        return [.recompute(first..<cut, inner)] + steps(cut, last, m - output)
      }
    }
    stop("a plan that was found cannot be made again")
  }

  /// The same where the cache of the first layer is kept.
  private func keepingSteps(_ first: Int, _ last: Int, _ m: Int) -> [CheckpointPlan.Step] {
    guard first < last else { return [.keep(first)] }
    let (near, far) = kept(first)
    let cost = keeping[row(first, last) + m]
    if m >= near, keeping[row(first + 1, last) + m - near] == cost {
      return [.keep(first)] + keepingSteps(first + 1, last, m - near)
    }
    return [.keep(first)] + steps(first + 1, last, m - far)
  }
}
