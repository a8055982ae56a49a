import Strata

/// How long the runs of a workload took.
struct Timing {
  let workload: String
  let microseconds: [Double]
  let productOperations: Double?

  /// Times runs one by one, after some to warm up, for about `seconds`.
  init(_ workload: Workload, seconds: Double) throws {
    let run = workload.make()
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
    } while clock.now < end
    self.workload = workload.name
    microseconds = times.sorted()
    productOperations = workload.productOperations
  }

  var best: Double { microseconds[0] }
  var median: Double { microseconds[microseconds.count / 2] }

  /// Billions of operations a second in the best run of a matrix product.
  var rate: Double? { productOperations.map { $0 / best / 1000 } }

  /// One JSON object; `peak` is the best rate of any product of this run of the program.
  func json(peak: Double?) -> String {
    var fields = [
      "\"workload\": \"\(workload)\"", "\"framework\": \"strata\"", "\"workers\": \(Runtime.workers)",
      "\"best_us\": \(Self.rounded(best))", "\"median_us\": \(Self.rounded(median))",
      "\"repeats\": \(microseconds.count)",
    ]
    if let rate, let peak {
      fields.append(
        "\"gflops\": \(Self.rounded(rate)), \"share_of_best\": \(Self.rounded(rate / peak, 1000))")
    }
    return "{" + fields.joined(separator: ", ") + "}"
  }

  func line(peak: Double?) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let name = workload + String(repeating: " ", count: max(0, 24 - workload.count))
    var line = name + padded("\(Self.rounded(best))", 12) + padded("\(Self.rounded(median))", 12)
    if let rate, let peak {
      line += padded("\(Self.rounded(rate))", 10) + padded("\(Int(100 * rate / peak)) %", 8)
    }
    return line
  }

  private static func rounded(_ value: Double, _ scale: Double = 10) -> Double {
    (value * scale).rounded() / scale
  }
}
