import CStrataKernels
import Foundation

/// The cores that this process may use, as they were when it was first asked.
package enum UsableCores {
  /// Those that its affinity allows, and no more than the CPU quota of its control groups, rounded up.
  package static let count: Int = {
    let allowed = Int(strata_allowed_cores())
    let cores = allowed > 0 ? allowed : ProcessInfo.processInfo.activeProcessorCount
    return min(cores, quota { try? String(contentsOfFile: $0, encoding: .utf8) } ?? cores)
  }()

  /// Returns the least CPU quota of the process's control groups, of version 1 or 2, in cores and rounded up; nil
  /// without a quota.
  ///
  /// - Parameter read: Returns the text of a file, nil if there is none.
  package static func quota(_ read: (String) -> String?) -> Int? {
    var least: Double?
    for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
      // "0::/path" in version 2, "4:cpu,cpuacct:/path" in version 1.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 3, fields[1].isEmpty || fields[1].split(separator: ",").contains("cpu") else { continue }
      let root = "/sys/fs/cgroup" + (fields[1].isEmpty ? "" : "/\(fields[1])")
      var group = fields[2].split(separator: "/")
      while true {
        let folder = ([root] + group.map(String.init)).joined(separator: "/")
        let text =
          fields[1].isEmpty
          ? read("\(folder)/cpu.max")
          : ["quota", "period"].compactMap { read("\(folder)/cpu.cfs_\($0)_us") }.joined(separator: " ")
        // "50000 100000" microseconds; "max" or −1 is no quota.
        let numbers = (text ?? "").split(whereSeparator: \.isWhitespace).map { Double($0) ?? 0 }
        if numbers.count == 2, numbers[0] > 0, numbers[1] > 0 {
          least = min(least ?? .infinity, numbers[0] / numbers[1])
        }
        if group.popLast() == nil { break }
      }
    }
    return least.flatMap { Int(exactly: $0.rounded(.up)) }
  }
}
