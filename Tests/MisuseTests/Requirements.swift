import Foundation
import StrataTensor
import Testing

/// The places in the sources that stop the program: each `require`, `requireOption`, `stop` and `refuseIntegers`.
enum Requirements {
  /// The places at which tests have observed a stop, such as "StrataTensor/Shape.swift:21".
  static let reached = Lock<Set<String>>([])

  /// Lines that no caller can reach, each with its reason.
  static let unreachable = [
    #"require(result == Z_OK, "zlib cannot start: out of memory, or not the version Strata was built with")"#:
      "needs a machine without memory",
    #"guard let text = try? encoder.encode(self) else { stop("a preprocessor of finite numbers cannot be encoded") }"#:
      "its numbers are finite",
    #"stop("a plan that was found cannot be made again")"#: "the tables that it reads were made by the same sums",
  ]

  /// Returns the places with which messages on standard error begin.
  static func places(in text: String) -> [String] {
    text.matches(of: /Fatal\ error\ at\ (Strata[A-Za-z]*\/[A-Za-z0-9+]+\.swift:[0-9]+)\ /).map { String($0.1) }
  }

  /// Every place, with its line.
  static func inSources() throws -> [(place: String, line: String)] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Sources")
      .standardizedFileURL
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)!
    var found: [(place: String, line: String)] = []
    for case let file as URL in files where file.pathExtension == "swift" && file.lastPathComponent != "Require.swift" {
      // The module of a file is its folder in Sources; subfolders do not count.
      let module = file.standardizedFileURL.pathComponents[root.pathComponents.count]
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated() {
        let line = line.trimmingCharacters(in: .whitespaces)
        guard !line.hasPrefix("//"), line.contains(/(^|[^.A-Za-z])(require|requireOption|stop|refuseIntegers)\(/),
          !line.contains("func ")
        else { continue }
        found.append(("\(module)/\(file.lastPathComponent):\(index + 1)", line))
      }
    }
    return found
  }
}

/// Checks, after all tests of a suite, that each place in the sources was reached by one of them.
struct EveryRequirementStops: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await function()
    let reached = Requirements.reached.withLock { $0 }
    let places = try Requirements.inSources()
    #expect(places.count > 100, "the sources are not where they were sought")
    for (place, line) in places where !reached.contains(place) && Requirements.unreachable[line] == nil {
      Issue.record("no misuse stops at \(place): \(line)")
    }
  }
}

extension Trait where Self == EveryRequirementStops {
  static var everyRequirementStops: Self { EveryRequirementStops() }
}
