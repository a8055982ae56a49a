/// Where an attack takes place, and how long it may take.
struct Circumstances {
  let directory: String
  let seconds: Double
  let isPlanted: Bool
}

/// What an attack found.
struct Finding: CustomStringConvertible {
  let what: String
  private(set) var trials = 0
  private(set) var faults: [String] = []
  private var note = ""

  init(_ what: String) { self.what = what }

  /// Notes a trial, and what was wrong with it.
  mutating func note(_ fault: String?) {
    trials += 1
    if let fault { faults.append(fault) }
  }

  mutating func explain(_ note: String) { self.note = ", " + note }

  var description: String {
    let shown = faults.prefix(10).map { "\n  FOUND \($0)" }.joined()
    return "\(what): \(trials) trials\(note), " + (faults.isEmpty ? "all held" : "\(faults.count) did not hold\(shown)")
  }
}
