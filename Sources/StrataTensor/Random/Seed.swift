/// Hands out the random streams of one seed, in the order in which they are asked for.
final class SeedSource: Sendable {
  private let state: Lock<(seed: UInt64, streams: UInt64)>

  init(_ seed: UInt64) { state = Lock((seed, 0)) }

  /// The source of code outside any ``withSeed(_:_:)``.
  static let process = SeedSource(0)

  static let scope = TaskScoped<SeedSource>()

  static var current: SeedSource { scope.current ?? process }

  var seed: UInt64 {
    get { state.withLock { $0.seed } }
    set { state.withLock { $0 = (newValue, 0) } }
  }

  func nextGenerator() -> RandomGenerator {
    state.withLock { state in
      defer { state.streams += 1 }
      return RandomGenerator(seed: state.seed, stream: state.streams)
    }
  }
}

extension RandomGenerator {
  /// A generator for the next unused stream of the current seed: that of the innermost ``withSeed(_:_:)``,
  /// else of ``Runtime/seed``.
  public static func next() -> RandomGenerator { SeedSource.current.nextGenerator() }
}

extension Runtime {
  /// The seed of initializers and random tensors: that of the innermost ``withSeed(_:_:)``, else the
  /// process's, which is 0 unless set, so that two runs of a program agree. Setting it starts the
  /// process's streams again.
  public static var seed: UInt64 {
    get { SeedSource.current.seed }
    set { SeedSource.process.seed = newValue }
  }
}

/// Runs `body` with the random numbers of a seed: what is initialized inside depends on `seed` alone.
///
/// ```swift
/// let model = withSeed(42) { Sequential { Linear(784, 256); ReLU(); Linear(256, 10) } }
/// ```
public func withSeed<R>(_ seed: UInt64, _ body: () throws -> R) rethrows -> R {
  try SeedSource.scope.with(SeedSource(seed), body)
}

/// Does the same for a body that may wait.
package func withSeed<R>(
  _ seed: UInt64, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
) async rethrows -> R {
  try await SeedSource.scope.with(SeedSource(seed), body)
}
