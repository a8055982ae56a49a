import Foundation
import StrataTensor

/// Under what circumstances a run is made.
package enum RunSurroundings {
  /// Returns them by name: the time, seed, workers, machine, versions, and the commit of the repository around the program.
  package static func current() -> [String: String] {
    [
      "began": ISO8601DateFormatter().string(from: .now), "seed": "\(Runtime.seed)", "workers": "\(Runtime.workers)",
      "kernels": Runtime.kernels, "blas": Runtime.blas, "system": ProcessInfo.processInfo.operatingSystemVersionString,
      "machine": ProcessInfo.processInfo.hostName, "build": Runtime.isDebugBuild ? "debug" : "release",
      "command": CommandLine.arguments.joined(separator: " "), "commit": GitCommit.current ?? "unknown",
    ]
  }
}
