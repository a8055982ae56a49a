import Foundation
import StrataTensor
import Testing

/// Every way to misuse the public interface stops the program, in release builds too, with a message that names
/// the layer or operation, what was found, and the remedy if there is one.
@Suite(.everyRequirementStops) struct MisuseTests {
  @Test(arguments: Misuse.all.keys.sorted())
  func `stops with a message`(name: String) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [name] in
      unsetenv("SWIFT_BACKTRACE")
      try Misuse.all[name]!.body()
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    for part in try #require(Misuse.all[name]).message {
      #expect(text.contains(part), "\(text.prefix(400))")
    }
    Requirements.reached.withLock { $0.formUnion(Requirements.places(in: text)) }
  }
}
