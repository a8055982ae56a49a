import Strata

/// The times of a workload's runs.
struct Timing {
  let workload: Workload
  let microseconds: [Double]

  /// Times runs individually for about `seconds`, after some warm-up runs.
  init(_ workload: Workload, seconds: Double) throws {
    try self.init(workload, run: try workload.make(), seconds: seconds)
  }

  /// Times runs that are already set up. At least three are timed, unless they take ten times `seconds`.
  init(_ workload: Workload, run: Workload.Run, seconds: Double) throws {
    let clock = ContinuousClock()
    let warmUp = clock.now.advanced(by: .seconds(0.2 * seconds))
    repeat {
      run.prepare()
      try run.timed()
    } while clock.now < warmUp
    var times: [Double] = []
    let end = clock.now.advanced(by: .seconds(0.8 * seconds))
    repeat {
      run.prepare()
      let elapsed = try clock.measure { try run.timed() }
      times.append(elapsed / .microseconds(1))
    } while clock.now < end || (times.count < 3 && clock.now < end.advanced(by: .seconds(10 * seconds)))
    self.workload = workload
    microseconds = times.sorted()
  }

  var best: Double { microseconds[0] }
  var median: Double { microseconds[microseconds.count / 2] }

  /// The rate of the best run of a matrix product, in billions of operations per second.
  var gflops: Double? {
    guard case .operations(let operations) = workload.amount else { return nil }
    return operations / best / 1000
  }

  /// The rate of the best run of a memory workload, in billions of bytes per second.
  private var gigabytesPerSecond: Double? {
    guard case .bytes(let bytes) = workload.amount else { return nil }
    return bytes / best / 1000
  }

  /// Returns a JSON object; `peak` is the best rate of any product in this run of the program.
  func json(peak: Double?) -> String {
    var fields = [
      "\"workload\": \"\(workload.name)\"", "\"framework\": \"strata\"", "\"workers\": \(Runtime.workers)",
      "\"best_us\": \(Self.rounded(best))", "\"median_us\": \(Self.rounded(median))",
      "\"repeats\": \(microseconds.count)",
    ]
    if let gflops, let peak {
      fields.append("\"gflops\": \(Self.rounded(gflops)), \"share_of_best\": \(Self.rounded(gflops / peak, 1000))")
    }
    if let gigabytesPerSecond { fields.append("\"gb_per_s\": \(Self.rounded(gigabytesPerSecond))") }
    return "{" + fields.joined(separator: ", ") + "}"
  }

  static let header = "workload                     best us   median us      rate   share"

  func line(peak: Double?) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let name = workload.name + String(repeating: " ", count: max(0, 24 - workload.name.count))
    var line = name + padded("\(Self.rounded(best))", 12) + padded("\(Self.rounded(median))", 12)
    if let gflops, let peak {
      line += padded("\(Self.rounded(gflops))", 10) + padded("\(Int(100 * gflops / peak)) %", 8) + " GFLOP/s"
    }
    if let gigabytesPerSecond { line += padded("\(Self.rounded(gigabytesPerSecond))", 10) + "         GB/s" }
    return line
  }

  private static func rounded(_ value: Double, _ scale: Double = 100) -> Double {
    (value * scale).rounded() / scale
  }
}
