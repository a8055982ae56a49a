import Strata

/// Two workloads timed alternately, run by run, so that other load on the machine affects both.
struct Comparison {
  private let names: (String, String)
  private var microseconds: (first: [Double], second: [Double]) = ([], [])

  init(_ first: Workload, _ second: Workload, seconds: Double) throws {
    names = (first.name, second.name)
    let (runFirst, runSecond) = (try first.make().timed, try second.make().timed)
    let clock = ContinuousClock()
    for part in [0.2, 0.8] {  // the first part warms up
      microseconds = ([], [])
      let end = clock.now.advanced(by: .seconds(part * seconds))
      repeat {
        microseconds.first.append(try clock.measure { try runFirst() } / .microseconds(1))
        microseconds.second.append(try clock.measure { try runSecond() } / .microseconds(1))
      } while clock.now < end
    }
    microseconds.first.sort()
    microseconds.second.sort()
  }

  var line: String {
    let (a, b) = microseconds
    func text(_ number: Double) -> String { "\((number * 100).rounded() / 100)" }
    let (best, median) = (b[0] / a[0], b[b.count / 2] / a[a.count / 2])
    return "\(names.1) / \(names.0): best \(text(b[0])) / \(text(a[0])) us = \(text(best)), "
      + "median \(text(b[b.count / 2])) / \(text(a[a.count / 2])) us = \(text(median))"
  }
}
