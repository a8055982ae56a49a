import Foundation
import Strata

/// The steps of workloads beside other busy programs, as a share of those that they make alone.
enum BusyMachine {
  private static let programs = [0, 1, 2, 4]
  private static let rounds = 5

  /// Prints a line for each workload with one worker and with all: steps a second alone, and the shares beside
  /// 1, 2 and 4 programs that never sleep, each with its part of the fair share.
  ///
  /// Rounds alternate between all cases, each of which is measured for `seconds` in a round; the median is printed.
  static func report(_ workloads: [Workload], seconds: Double) throws {
    let workers = Set([1, Runtime.workers]).sorted()
    let cores = ProcessInfo.processInfo.activeProcessorCount
    for workload in workloads {
      let run = try workload.make()
      var counts: [[Int]: [Double]] = [:]
      for _ in 0..<rounds {
        for programs in programs {
          let others = try (0..<programs).map { _ in try spinner() }
          defer { for other in others { other.terminate() } }
          usleep(100_000)
          for workers in workers {
            Runtime.workers = workers
            let steps = Double(try Timing(workload, run: run, seconds: seconds).microseconds.count)
            counts[[workers, programs], default: []].append(steps / (0.8 * seconds))
          }
        }
      }
      let steps = counts.mapValues { $0.sorted()[$0.count / 2] }
      let best = workers.map { steps[[$0, 0]]! }.max()!
      for workers in workers {
        let shares = programs.dropFirst().map { programs in
          let share = steps[[workers, programs]]! / best
          return "\(programs): \(percent(share)) (\(percent(share / fairShare(of: cores, beside: programs))) of fair)"
        }
        print(
          "\(workload.name), \(workers) workers: \(Int(steps[[workers, 0]]!)) steps/s;", shares.joined(separator: ", "))
      }
    }
  }

  /// Returns the share of the cores that is left where each core is shared equally with its part of the programs.
  private static func fairShare(of cores: Int, beside programs: Int) -> Double {
    let shares = (0..<cores).map { 1 / Double(1 + programs / cores + ($0 < programs % cores ? 1 : 0)) }
    return shares.reduce(0, +) / Double(cores)
  }

  private static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }

  /// Starts this program as one that never sleeps.
  private static func spinner() throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = ["--spin"]
    try process.run()
    return process
  }

  /// Computes until the program that started this one ends.
  static func spin() -> Never {
    let parent = getppid()
    var number: UInt64 = 1
    while getppid() == parent {
      for _ in 0..<10_000_000 { number = number &* 6_364_136_223_846_793_005 &+ 1 }
    }
    exit(number == 0 ? 1 : 0)
  }
}
