import StrataTensor

/// y = fₙ(… f₂(f₁(x))), the layers in the braces one after the other, with less memory for more arithmetic:
/// `forward` keeps their input alone, and `backward` runs them forward again for their caches.
///
/// ```swift
/// let model = Sequential {
///   Checkpoint { Linear(784, 512); ReLU(); Linear(512, 512); ReLU() }
///   Linear(512, 10)
/// }
/// let deep = Sequential(layers).checkpointed(.squareRoot)
/// let fitted = try Sequential(layers).checkpointed(.within(bytes: 64 << 20), input: [1024, 784])
/// ```
///
/// ``Sequential/checkpointed(_:)`` makes one of a whole model, with a strategy of which caches to keep, and
/// ``Sequential/checkpointed(_:input:dtype:)`` one that keeps to a limit of memory with the least arithmetic. Their
/// paths are those of the `Sequential`, so that either loads what the other saved.
///
/// - Shapes: each layer takes the output of the one before.
///
/// # Backward
/// The vector-Jacobian products of the layers from last to first, as in ``Sequential``. What was not kept of a
/// run of layers, x ↦ y, is made again first: forward from the x that was kept is the same function of the
/// same numbers, and so are the caches, to the last bit. For this random layers are given the keys of the first
/// pass (a `RandomCalls` recording), and a parameter that has changed since stops the program. Batch
/// statistics leave a layer in its backward, which runs once: recomputation observes nothing twice.
///
/// The cache is the input of each run to be computed again, and the caches of the layers that are kept.
///
/// Griewank and Walther, "Algorithm 799: Revolve", 2000; Chen, Xu, Zhang and Guestrin, "Training Deep Nets with
/// Sublinear Memory Cost", 2016.
public struct Checkpoint: LayerChain, Recomputing, CustomStringConvertible {
  /// The layers, the first to run first.
  public let layers: [any Layer]

  package let recipe: Recipe

  /// How it is run: nothing in it belongs to the model, so its mirror is empty.
  package struct Recipe: Sendable, CustomReflectable {
    package let plan: CheckpointPlan
    let name: String
    let watched: [WatchedTensors]
    /// The largest input, in bytes, for which the plan keeps a limit.
    let largestInput: Int?
    let forecast: CheckpointForecast?
    package var customMirror: Mirror { Mirror(self, children: []) }
  }

  /// What is kept of each step of the plan.
  public struct Cache: Sendable {
    var parts: [Part]
    let input: TensorKind
  }

  /// What is kept of one step of the plan: a layer's cache, or where its run starts.
  struct Part: Sendable {
    let step: CheckpointPlan.Step
    var box: (any CacheBox)?
    var start: Start?
  }

  /// What a run of layers needs to run again just as it did.
  struct Start: Sendable {
    let input: Tensor
    let replay: Replay
  }

  /// The layers listed in the braces, of which nothing is kept but their input.
  public init(@LayerBuilder _ layers: () -> [any Layer]) {
    let layers = layers()
    let all = 0..<layers.count
    let plan = layers.isEmpty ? CheckpointPlan(steps: []) : CheckpointPlan(steps: [.recompute(all, .keepingAll(all))])
    self.init(layers, plan, name: "Checkpoint")
  }

  init(
    _ layers: [any Layer], _ plan: CheckpointPlan, name: String, largestInput: Int? = nil,
    forecast: CheckpointForecast? = nil
  ) {
    self.layers = layers
    recipe = Recipe(
      plan: plan, name: name, watched: layers.map { WatchedTensors(in: $0) }, largestInput: largestInput,
      forecast: forecast)
  }

  /// What a step needs and costs, where the layers were planned to a limit of memory.
  public var forecast: CheckpointForecast? { recipe.forecast }

  public func forward(_ x: consuming Tensor) -> (Tensor, Cache) {
    let byteCount = x.byteCount
    require(
      byteCount <= recipe.largestInput ?? byteCount,
      "\(recipe.name): planned for inputs of up to \(recipe.largestInput ?? 0) bytes, not \(byteCount); "
        + "plan for the largest batch")
    let input = TensorKind(of: x)
    let (y, parts) = run(recipe.plan, x)
    return (y, Cache(parts: parts, input: input))
  }

  public func backward(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) -> Tensor {
    runBackward(dy, &cache.parts, wantsInput: true, &gradients) ?? cache.input.zeros
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    _ = runBackward(dy, &cache.parts, wantsInput: false, &gradients)
  }

  public var description: String { "\(recipe.name) { \(listed(layers)) }" }
}

extension Checkpoint {
  /// Runs layers forward and keeps of them what the plan says.
  private func run(_ plan: CheckpointPlan, _ x: consuming Tensor) -> (Tensor, [Part]) {
    var x = x
    var parts: [Part] = []
    parts.reserveCapacity(plan.steps.count)
    for step in plan.steps {
      switch step {
      case .keep(let position):
        let (y, box) = forward(layers[position], at: .position(position), consume x)
        x = y
        parts.append(Part(step: step, box: box))
      case .recompute(let range, _):
        let input = consume x
        let (y, replay) = watched(range).recording { runThrough(range, copy input) }
        x = y
        parts.append(Part(step: step, start: Start(input: input, replay: replay)))
      }
    }
    return (x, parts)
  }

  /// Runs layers forward and keeps nothing.
  private func runThrough(_ range: Range<Int>, _ x: consuming Tensor) -> Tensor {
    var x = x
    for position in range {
      x = forward(layers[position], at: .position(position), consume x).0
    }
    return x
  }

  /// Runs layers backward, each part freed when it has been used; dx where it is wanted and no layer stops it.
  private func runBackward(
    _ dy: consuming Tensor, _ parts: inout [Part], wantsInput: Bool, _ gradients: inout Gradients
  ) -> Tensor? {
    guard first < layers.count else { return nil }
    var dy = dy
    while var part = parts.popLast() {
      let wantsInput = wantsInput || !parts.isEmpty
      switch part.step {
      case .keep(let position):
        let box = part.box.take()!
        guard wantsInput, position != first || !stopsGradient else {
          accumulate(layers[position], at: .position(position), dy, consume box, &gradients)
          return nil
        }
        dy = backward(layers[position], at: .position(position), consume dy, consume box, &gradients)
      case .recompute(let range, let plan):
        var inner = recompute(range, plan, part.start.take()!)
        guard let dx = runBackward(consume dy, &inner, wantsInput: wantsInput, &gradients) else { return nil }
        dy = dx
      }
    }
    return dy
  }

  /// Runs layers forward again as they ran from `start`.
  private func recompute(_ range: Range<Int>, _ plan: CheckpointPlan, _ start: consuming Start) -> [Part] {
    let (input, replay) = (start.input, start.replay)
    return watched(range).replaying(replay, for: recipe.name) { run(plan, input).1 }
  }

  private func watched(_ range: Range<Int>) -> WatchedTensors { WatchedTensors(joining: recipe.watched[range]) }
}

extension Sequential {
  /// The same layers with less memory for more arithmetic: of some, caches are not kept but made again in the
  /// backward pass. Gradients are the same, to the last bit.
  public func checkpointed(_ strategy: CheckpointStrategy = .squareRoot) -> Checkpoint {
    Checkpoint(layers, strategy.plan(layers), name: "Checkpoint(\(strategy))")
  }
}
