import Foundation

/// Trains under settings of the number of workers that make sense or do not: it trains, or stops with a message that
/// names the setting.
func settings(_ here: Circumstances) throws -> Finding {
  var finding = Finding("settings of workers")
  let values = [
    "", "1", "2", "3", "64", "0", "-1", "abc", "100000", "9223372036854775807", "-9223372036854775808",
    "99999999999999999999999", " 2", "2 ", "2.5", "1e3", "0x2", "+2", "２", String(repeating: "9", count: 10_000),
  ]
  for value in values {
    let child = try Child(["train"], in: here, environment: ["STRATA_WORKERS": value])
    let (ending, text) = (child.wait(seconds: 60), child.text)
    let isFine = ending == .exited(0) ? text.contains("trained") : ending != .hung && text.contains("STRATA_WORKERS")
    finding.note(isFine ? nil : "STRATA_WORKERS=\(value.prefix(30)): \(ending) \(text.prefix(300))")
  }
  return finding
}
