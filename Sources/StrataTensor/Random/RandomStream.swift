import Synchronization

/// The random numbers of one layer: each call of ``next()`` gives another generator, addressed by the
/// stream and the number of the call.
///
/// It is the one thing in a layer that `forward` moves. Code that runs a forward again (a checkpoint,
/// a gradient check) records the calls of the first run and replays them, so that both see
/// the same numbers: ``RandomCalls``.
public final class RandomStream: Sendable {
  private let generator: RandomGenerator
  private let calls: Atomic<UInt64>

  /// The next unused stream of the current seed.
  public init() {
    generator = RandomGenerator.next()
    calls = Atomic(0)
  }

  /// How many generators have been handed out; set to continue where a saved model stopped.
  public var position: UInt64 {
    get { calls.load(ordering: .relaxed) }
    set { calls.store(newValue, ordering: .relaxed) }
  }

  /// The generator of the next call.
  public func next() -> RandomGenerator {
    let call = RandomCalls.take(from: self, in: RandomCalls.scope.current)
    // Initializers count streams from 0; calls are kept apart in the upper half.
    return RandomGenerator(seed: generator.seed, stream: generator.stream | (call + 1) << 32)
  }

  fileprivate func takeCall() -> UInt64 { calls.add(1, ordering: .relaxed).oldValue }
}

/// The calls of random streams during one run of some code, in order, to be replayed in another.
///
/// Recordings and replays nest: inside a replay a recording notes what is replayed.
public struct RandomCalls: Sendable {
  private var entries: [(stream: ObjectIdentifier, call: UInt64)] = []

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

  fileprivate static func take(from stream: RandomStream, in scope: Scope?) -> UInt64 {
    switch scope {
    case nil:
      return stream.takeCall()
    case .recording(let log, let outer):
      let call = take(from: stream, in: outer)
      log.calls.withLock { $0.entries.append((ObjectIdentifier(stream), call)) }
      return call
    case .replaying(let log):
      return log.calls.withLock { calls in
        require(
          calls.entries.first?.stream == ObjectIdentifier(stream),
          "a replayed forward draws random numbers in another order than the recorded one; "
            + "forward must make the same calls each time")
        return calls.entries.removeFirst().call
      }
    }
  }
}
