import StrataTensor

/// A module that keeps its input alone, and runs forward again in its backward for all else: y = f(x).
///
/// ```swift
/// let encoder = Encoder(…).recomputed()
/// ```
///
/// ``Checkpoint`` is the same for a run of layers, with a choice of what to keep. Paths and saved states are those of
/// the module itself.
///
/// # Backward
/// That of the module, on the cache of a second forward on the same numbers, with the random keys of the first: the
/// same gradients, to the last bit. A parameter that has changed since stops the program.
///
/// Chen, Xu, Zhang and Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016.
public struct Recomputed<Base: Module>: Module, Recomputing, CustomReflectable, CustomStringConvertible {
  /// The module.
  public let base: Base

  private let watched: WatchedTensors

  /// What it takes to run forward again as the first time.
  public struct Cache: Sendable {
    let input: Base.Input
    let replay: Replay
  }

  /// The same module with less memory for more arithmetic.
  public init(_ base: Base) {
    self.base = base
    watched = WatchedTensors(in: base)
  }

  public func forward(_ x: consuming Base.Input) -> (Base.Output, Cache) {
    let input = copy x
    let (y, replay) = watched.recording { base.forward(input).0 }
    return (y, Cache(input: input, replay: replay))
  }

  public func inference(_ x: consuming Base.Input) -> (Base.Output, Cache) {
    let input = copy x
    let (y, replay) = Inference.running { watched.recording { base.inference(input).0 } }
    return (y, Cache(input: input, replay: replay))
  }

  public func backward(
    _ dy: consuming Base.Output, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Base.Input { base.backward(dy, recomputed(cache), &gradients) }

  public func accumulate(
    _ dy: consuming Base.Output, _ cache: consuming Cache, _ gradients: inout Gradients
  ) { base.accumulate(dy, recomputed(cache), &gradients) }

  public func callAsFunction(_ x: consuming Base.Input) -> Base.Output { base(x) }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? { try base.outputShapes(for: input) }

  public var stopsGradient: Bool { base.stopsGradient }

  public var ignoresGradient: Bool { base.ignoresGradient }

  /// The module's own mirror, so that paths are the module's.
  public var customMirror: Mirror { Mirror(self, children: ["": base]) }

  public var description: String { "Recomputed(\(base))" }

  private func recomputed(_ cache: consuming Cache) -> Base.Cache {
    let input = cache.input
    return watched.replaying(cache.replay, for: "\(self)") {
      Inference.isRunning ? base.inference(input).1 : base.forward(input).1
    }
  }
}

extension Recomputed: Layer where Base: Layer {
  public func outputShape(for input: Shape) throws -> Shape { try base.outputShape(for: input) }
}

extension Module {
  /// Returns the same module with less memory for more arithmetic: it runs forward again in its backward.
  public func recomputed() -> Recomputed<Self> { Recomputed(self) }
}
