import StrataTensor
import Testing

/// Lets the random numbers of each test follow from its name, whatever runs beside it.
///
/// Each target of tests has a link to this file.
struct Seeded: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    // FNV-1a: the standard library's hash differs from run to run.
    let seed = test.name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    try await withSeed(seed) { try await function() }
  }
}

extension Trait where Self == Seeded {
  static var seeded: Self { Seeded() }
}
