import Foundation
import Strata
import StrataTensor
import Testing

/// Mistakes as newcomers make them: what ends the program is the last thing on the screen, and says what is wrong, where,
/// and what to do.
@Suite struct MistakeTests {
  @Test(arguments: Mistake.all.map(\.title))
  func `the message is the last thing on the screen`(title: String) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent, \.standardOutputContent]
    ) { [title] in
      unsetenv("SWIFT_BACKTRACE")
      print("what was printed before")
      Runtime.exitingOnError { try Mistake.all.first { $0.title == title }!.code() }
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    let message = try #require(
      text.firstMatch(of: /(?:^|\n)(?:error: |Fatal error at .* \(SWIFT_BACKTRACE=enable=yes .*\):\n)((?s).*)\n$/))
    #expect(String(message.1) == Mistake.all.first { $0.title == title }!.message)
    #expect(String(decoding: try #require(result).standardOutputContent, as: UTF8.self) == "what was printed before\n")
  }

  @Test func `there are sixty at least, no two alike`() {
    #expect(Mistake.all.count >= 60)
    #expect(Set(Mistake.all.map(\.title)).count == Mistake.all.count)
  }

  @Test func `an environment that asks for a backtrace gets it after the message`() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent, \.standardOutputContent]
    ) {
      setenv("SWIFT_BACKTRACE", "enable=no", 1)
      print("what was printed before", terminator: "")
      _ = Linear(0, 1)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.hasPrefix("StrataLayers/Linear.swift:"))
    #expect(text.contains("Fatal error: Linear(0, 1): both sizes must be positive"))
    #expect(String(decoding: try #require(result).standardOutputContent, as: UTF8.self) == "what was printed before")
  }

  @Test func `the status is that of an internal error, and 1 of an error that was thrown`() async {
    await #expect(processExitsWith: .exitCode(70)) {
      unsetenv("SWIFT_BACKTRACE")
      _ = Linear(0, 1)
    }
    await #expect(processExitsWith: .exitCode(1)) {
      Runtime.exitingOnError { throw TargetError("no") }
    }
    #expect(Runtime.exitingOnError { 2 } == 2)
  }
}
