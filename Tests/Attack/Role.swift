import Foundation
import Strata

/// What this program does as the child of another run of it.
enum Role: String {
  /// Saves one version, or reads a file, while faults count; then exits with 0, or 2 after an error, which it prints.
  case save, load
  /// Saves one version after the other, until it is killed.
  case saves
  /// Trains for some steps.
  case train
  /// Trains to the end, from the last checkpoint; a planted run begins again.
  case run

  func play(_ arguments: [String], _ isPlanted: Bool) -> Never {
    do {
      switch self {
      case .save:
        try counted {
          try Content.save(Int(arguments[1])!, count: smallCount, to: arguments[0], isPlanted: isPlanted)
        }
      case .load:
        let version = try counted { try Content.version(of: arguments[0], count: smallCount) }
        print("version", version ?? -1)
      case .saves:
        for version in Int(arguments[1])!... {
          try Content.save(version, count: largeCount, to: arguments[0], isPlanted: isPlanted)
        }
      case .train:
        let model = Sequential {
          Linear(64, 512); ReLU(); Linear(512, 8)
        }
        var optimizer = Adam(for: model)
        for _ in 0..<5 {
          let x = Tensor(normal: [512, 64])
          try optimizer.update(along: model.gradients(at: x) { ($0.sumOfSquares, 2 * $0) }.gradients)
        }
        print("trained")
      case .run:
        try KilledRun(rawValue: arguments[0])!.train(
          in: arguments[1], seed: UInt64(arguments[2])!, resumes: !isPlanted)
      }
    } catch {
      print("error:", error)
      exit(2)
    }
    exit(0)
  }

  private func counted<R>(_ body: () throws -> R) rethrows -> R {
    access("/attack/begin", 0)
    defer { access("/attack/end", 0) }
    return try body()
  }
}

/// Numbers in a file of one call of `write`, and in one whose writing takes a while.
let (smallCount, largeCount) = (1_000, 500_000)
