/// Follows a training step of a ``Checkpoint`` by the facts of its layers, storage by storage, without running it.
struct ChainSimulation {
  private let facts: [LayerFacts]
  private var liveBytes = 0
  private var peakBytes = 0

  /// What is alive: the bytes of each storage, and how many hold it. Number 0 is the chain's input, which belongs
  /// to the caller and counts nothing.
  private var storages = [(bytes: 0, holders: 2)]

  /// What is kept of a step of the plan.
  private struct Part {
    let step: CheckpointPlan.Step
    let held: [Int]
  }

  /// The most bytes of caches, activations, their gradients and temporaries that are alive at once in a step:
  /// forward, a loss that turns the output into its gradient in a separate tensor, and backward.
  static func peakBytes(of plan: CheckpointPlan, _ facts: [LayerFacts]) -> Int {
    var simulation = ChainSimulation(facts: facts)
    let (y, parts) = simulation.run(plan, 0)
    let dy = simulation.make(facts.last?.outputBytes ?? 0)
    simulation.release(y)
    simulation.runBackward(parts, dy)
    return simulation.peakBytes
  }

  private init(facts: [LayerFacts]) { self.facts = facts }

  private mutating func make(_ bytes: Int) -> Int {
    storages.append((bytes, 1))
    liveBytes += bytes
    note(0)
    return storages.count - 1
  }

  private mutating func retain(_ storage: Int) { storages[storage].holders += 1 }

  private mutating func release(_ storage: Int) {
    storages[storage].holders -= 1
    if storages[storage].holders == 0 { liveBytes -= storages[storage].bytes }
  }

  private mutating func note(_ bytes: Int) { peakBytes = max(peakBytes, liveBytes + bytes) }

  /// One layer, which takes over the reference to its input.
  private mutating func forward(_ position: Int, _ x: Int) -> (y: Int, held: [Int]) {
    let layer = facts[position]
    let run = storages[x].holders == 1 ? layer.unique : layer.shared
    note(run.peakBytes)
    let y = run.passesInput ? x : make(layer.outputBytes)
    var held: [Int] = []
    if run.holdsInput { held.append(x) }
    if run.holdsOutput && y != x { held.append(y) }
    for storage in held { retain(storage) }
    if run.ownBytes > 0 { held.append(make(run.ownBytes)) }
    if y != x { release(x) }
    return (y, held)
  }

  private mutating func run(_ plan: CheckpointPlan, _ x: Int) -> (y: Int, parts: [Part]) {
    var x = x
    var parts: [Part] = []
    for step in plan.steps {
      switch step {
      case .keep(let position):
        let (y, held) = forward(position, x)
        parts.append(Part(step: step, held: held))
        x = y
      case .recompute(let range, _):
        retain(x)
        parts.append(Part(step: step, held: [x]))
        for position in range {
          let (y, held) = forward(position, x)
          for storage in held { release(storage) }
          x = y
        }
      }
    }
    return (x, parts)
  }

  /// Takes over the references to the parts and to dy.
  @discardableResult
  private mutating func runBackward(_ parts: [Part], _ dy: Int) -> Int {
    var dy = dy
    for part in parts.reversed() {
      switch part.step {
      case .keep(let position):
        let layer = facts[position]
        note(layer.backwardPeakBytes)
        for storage in part.held { release(storage) }
        release(dy)
        dy = make(layer.inputBytes)
        _ = make(layer.observedBytes)
      case .recompute(_, let plan):
        let start = part.held[0]
        retain(start)
        let (y, inner) = run(plan, start)
        release(y)
        release(start)
        dy = runBackward(inner, dy)
      }
    }
    return dy
  }
}
