/// The random numbers of one layer: each call of ``next()`` gives another generator, addressed by the
/// stream and the number of the call.
///
/// It is the one thing in a layer that `forward` moves. Code that runs a forward again (a checkpoint,
/// a gradient check) records the calls of the first run and replays them, so that both see
/// the same numbers: ``RandomCalls``.
public final class RandomStream: Sendable {
  /// All that the next numbers of a stream follow from.
  public struct State: Sendable, Hashable {
    /// The seed.
    public var seed: UInt64
    /// Which of the seed's streams it is.
    public var number: UInt64
    /// How many generators have been handed out.
    public var position: UInt64 = 0
  }

  private let current: Lock<State>

  /// The next unused stream of the current seed.
  public init() {
    let generator = RandomGenerator.next()
    current = Lock(State(seed: generator.seed, number: generator.stream))
  }

  /// Where the stream stands; set to continue where a saved model stopped, whatever seed this one was made under.
  public var state: State {
    get { current.withLock { $0 } }
    set { current.withLock { $0 = newValue } }
  }

  /// How many generators have been handed out.
  public var position: UInt64 {
    get { state.position }
    set { current.withLock { $0.position = newValue } }
  }

  /// The generator of the next call.
  public func next() -> RandomGenerator { RandomCalls.take(from: self, in: RandomCalls.scope.current) }

  fileprivate func take() -> RandomGenerator {
    current.withLock { state in
      state.position &+= 1  // a file may hold any position
      // Initializers count streams from 0; calls are kept apart in the upper half.
      return RandomGenerator(seed: state.seed, stream: state.number | state.position << 32)
    }
  }
}

/// The calls of random streams during one run of some code, in order, to be replayed in another.
///
/// Recordings and replays nest: inside a replay a recording notes what is replayed.
public struct RandomCalls: Sendable {
  private var entries: [(stream: ObjectIdentifier, generator: RandomGenerator)] = []

  /// Runs `body` and notes every call that it makes.
  public static func recording<R>(_ body: () throws -> R) rethrows -> (result: R, calls: RandomCalls) {
    let log = Log()
    let result = try scope.with(.recording(log, outer: scope.current), body)
    return (result, log.calls.withLock { $0 })
  }

  /// Runs `body`, whose calls give what they gave in the recording.
  public func replayed<R>(_ body: () throws -> R) rethrows -> R {
    try Self.scope.with(.replaying(Log(self)), body)
  }

  /// What calls inside the running task go through, innermost first.
  fileprivate static let scope = TaskScoped<Scope>()

  fileprivate indirect enum Scope: Sendable {
    case recording(Log, outer: Scope?)
    case replaying(Log)
  }

  fileprivate final class Log: Sendable {
    let calls: Lock<RandomCalls>
    init(_ calls: RandomCalls = RandomCalls()) { self.calls = Lock(calls) }
  }

  fileprivate static func take(from stream: RandomStream, in scope: Scope?) -> RandomGenerator {
    switch scope {
    case nil:
      return stream.take()
    case .recording(let log, let outer):
      let generator = take(from: stream, in: outer)
      log.calls.withLock { $0.entries.append((ObjectIdentifier(stream), generator)) }
      return generator
    case .replaying(let log):
      return log.calls.withLock { calls in
        require(
          calls.entries.first?.stream == ObjectIdentifier(stream),
          "a replayed forward draws random numbers in another order than the recorded one; "
            + "forward must make the same calls each time")
        return calls.entries.removeFirst().generator
      }
    }
  }
}
