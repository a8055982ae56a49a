import Foundation
import Strata

/// A sample of the resources of the process.
struct Sample {
  /// The number of samples; the first quarter is the warm-up.
  static let count = 40

  let round: Int
  let residentBytes: Int
  let liveBytes: Int
  let poolMisses: Int
  let descriptors: Int

  init(round: Int) {
    self.round = round
    let statm = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    guard statm.count > 1, let pages = Int(statm[1]),
      let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    else { fatalError("this system does not tell in /proc what a process holds") }
    residentBytes = pages * Int(getpagesize())
    liveBytes = Memory.liveBytes
    poolMisses = Memory.poolMisses
    descriptors = files.count
  }

  func line(minute: Double) -> String {
    String(
      format: "%6.2f  %6d   %12.1f   %14d   %11d   %11d", minute, round, Double(residentBytes) / 0x1p20, liveBytes,
      poolMisses, descriptors)
  }

  /// Returns the resources that grow after the warm-up.
  ///
  /// Tensors and descriptors are counted exactly. Resident memory includes memory that the system's allocator caches,
  /// which fluctuates, so the minimum of the last third is compared with the maximum of the first.
  static func growth(of samples: [Sample]) -> [String] {
    let warm = samples.dropFirst(samples.count / 4)
    let (first, last) = (warm.prefix(warm.count / 3), warm.suffix(warm.count / 3))
    var growth: [String] = []
    func compare(_ what: String, _ before: Int, _ after: Int, _ slack: Int = 0) {
      if after > before + slack { growth.append("\(what) grow from \(before) to \(after)") }
    }
    compare("the tensors' bytes", first.first!.liveBytes, last.last!.liveBytes)
    compare("the pool's misses", first.first!.poolMisses, last.last!.poolMisses)
    compare("the descriptors", first.first!.descriptors, last.last!.descriptors)
    compare(
      "the resident bytes", first.map(\.residentBytes).max()!, last.map(\.residentBytes).min()!, 256 << 10)
    return growth
  }
}
