import Foundation
import LayerRegistry
import StrataTesting
import Synchronization
import Testing

/// Counts the types that the conformance kit has checked, and compares them with the sources at the end.
final class Tally: Sendable {
  enum Kind: String, CaseIterable {
    case layer, module, cell, loss, optimizer

    /// The number of cases of the registry.
    var cases: Int {
      switch self {
      case .layer: layerRegistry.count
      case .module: moduleRegistry.count
      case .cell: cellRegistry.count
      case .loss: lossRegistry.count
      case .optimizer: optimizerRegistry.count
      }
    }
  }

  private struct State {
    var types: [Kind: Set<String>] = [:]
    var finished: [Kind: Int] = [:]
    var (subjects, passed, skipped) = (0, 0, 0)
  }

  static let shared = Tally()

  /// The reason for a check that runs on the same layer at another shape.
  static let madeElsewhere = "made at another shape"

  /// What is enough at one shape: large batches, and eight threads.
  static let doneAtAnotherShape: [LayerCheck: String] = [.workers: madeElsewhere, .concurrency: madeElsewhere]

  private let state = Mutex(State())

  func note(_ kind: Kind, _ type: String, _ report: ConformanceReport) {
    state.withLock { state in
      state.types[kind, default: []].insert(type)
      state.subjects += 1
      state.passed += report.passed.count
      state.skipped += report.skipped.count { $0.reason != Self.madeElsewhere }
    }
  }

  /// Records the end of a case; the last one prints the checked types, which must be those of the sources.
  func finish(_ kind: Kind) throws {
    let state = state.withLock { state in
      state.finished[kind, default: 0] += 1
      return state
    }
    guard Kind.allCases.allSatisfy({ state.finished[$0] == $0.cases }) else { return }
    let sources = try Self.typesInSources()
    func counts(_ types: [Kind: Set<String>]) -> String {
      Kind.allCases.map { "\(types[$0, default: []].count) \($0)\($0 == .loss ? "es" : "s")" }.joined(separator: ", ")
    }
    print(
      """
      conformance: checked \(counts(state.types)); the sources have \(counts(sources))
      conformance: \(state.subjects) runs of the kit, \(state.passed) checks passed, \(state.skipped) skipped
      """)
    #expect(state.types == sources.merging([.module: ["TwoTowers", "WithAuxiliary"]]) { $0.union($1) })
  }

  /// Returns every public type of the sources that conforms to a protocol of the kit.
  private static func typesInSources() throws -> [Kind: Set<String>] {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
    let kinds: [String: Kind] = [
      "Layer": .layer, "LayerChain": .layer, "Activation": .layer, "Module": .module, "Container": .module,
      "RecurrentCell": .cell, "GatedCell": .cell, "Loss": .loss, "LogitLoss": .loss, "Optimizer": .optimizer,
    ]
    var types: [Kind: Set<String>] = [:]
    for case let file as URL in FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)!
    where file.pathExtension == "swift" {
      for match in try String(contentsOf: file, encoding: .utf8).matches(
        of: /public struct (\w+)(<[^>]*>)?: ([\w, ]+)(\s+where [^{]+)? \{/)
      {
        let found = Set(match.3.split(separator: ",").compactMap { kinds[String($0.trimmingPrefix(" "))] })
        // A layer is a module too, and counted as what it is first of all.
        for kind in found where kind != .module || found.count == 1 { types[kind, default: []].insert(String(match.1)) }
      }
    }
    return types
  }
}
