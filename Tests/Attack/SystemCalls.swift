import Foundation
import Strata

/// Lets each system call of a save and of a read fail, be cut short, or end the process: the file is the old or the new
/// one, whole, and of a save that failed nothing is left.
func systemCalls(_ here: Circumstances) throws -> Finding {
  var finding = Finding("faults of system calls")
  guard let library = ProcessInfo.processInfo.environment["ATTACK_FAULTS"] else {
    finding.explain("as there is no library of faults")
    return finding
  }
  let path = here.directory + "/m"
  /// Runs a child on the file of version 1 with a fault.
  func run(_ role: Role, _ fault: String) throws -> (ending: Child.Ending, text: String) {
    try Content.save(1, count: smallCount, to: path, isPlanted: here.isPlanted)
    chmod(path, 0o600)
    let environment = ["LD_PRELOAD": library, "ATTACK_FAULT": fault]
    let child = try Child([role.rawValue, path, "2"], in: here, environment: environment)
    return (child.wait(), child.text)
  }
  for role in [Role.save, .load] {
    var calls: [(name: String, count: Int)] = []
    for line in try run(role, "").text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, let count = Int(words[1]) { calls.append((String(words[0]), count)) }
    }
    guard calls.contains(where: { $0.name == "open" && $0.count > 0 }) else {
      finding.note("the library of faults sees no calls: \(calls)")
      continue
    }
    for call in calls {
      for number in 0..<call.count {
        for what in [EIO, ENOSPC, EINTR, EACCES, ENOENT].map(String.init) + ["short", "before", "after"] {
          if call.name == "stat" && what == "\(ENOENT)" { continue }  // there is no old file then
          let fault = "\(call.name) \(number + 1) \(what)"
          let (ending, text) = try run(role, fault)
          if let problem = try problem(after: role, call.name, what, ending, text, path, here) {
            finding.note("\(role.rawValue) with \(fault): \(problem)")
          } else {
            finding.note(nil)
          }
        }
      }
    }
  }
  return finding
}

/// Returns what is wrong after a fault; nil where all is as it must be.
private func problem(
  after role: Role, _ call: String, _ what: String, _ ending: Child.Ending, _ text: String, _ path: String,
  _ here: Circumstances
) throws -> String? {
  let isKill = what == "before" || what == "after"
  guard let version = try? Content.version(of: path, count: smallCount) else { return "the file is damaged" }
  var files = try FileManager.default.contentsOfDirectory(atPath: here.directory)
  for file in files {
    var status = stat()
    stat(here.directory + "/" + file, &status)
    if status.st_mode & 0o077 != 0 { return "\(file) of a private file is open to others" }
  }
  switch ending {
  case .exited(0):
    if role == .load { return text.contains("version 1") ? nil : "read as something else: \(text)" }
    if version != 2 { return "it reports success, and the file is the old one" }
  case .exited(2):
    if role == .load { return text.contains("error: \(path)") ? nil : "an error without the file: \(text)" }
    if version != 1 { return "it reports an error, and the file is the new one: \(text)" }
  case .killed(SIGKILL) where isKill:
    try Content.save(3, count: smallCount, to: path, isPlanted: here.isPlanted)
    files = try FileManager.default.contentsOfDirectory(atPath: here.directory)
  default:
    return "\(ending): \(text)"
  }
  // What cannot be removed is removed by the next save.
  return files == ["m"] || call == "unlink" && !isKill ? nil : "left behind: \(files)"
}
