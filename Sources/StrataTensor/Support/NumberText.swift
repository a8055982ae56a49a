import Foundation

/// A number with a fixed number of places after the point.
package func fixed(_ number: Double, places: Int) -> String { String(format: "%.\(places)f", number) }

/// 0.9641 as "96.4 %".
package func percent(_ part: Double) -> String { fixed(100 * part, places: 1) + " %" }

/// A loss: "0.1234" or "12.3456" where that says something, else "1.234e-05".
package func lossText(_ loss: Double) -> String {
  abs(loss) >= 1e-3 && abs(loss) < 1e5 ? fixed(loss, places: 4) : String(format: "%.3e", loss)
}

/// A number in three digits: "0.0123", "12.3", "1.23e-07".
package func short(_ number: Double) -> String {
  guard number.isFinite else { return "\(number)" }
  let magnitude = abs(number)
  if magnitude != 0 && (magnitude < 1e-3 || magnitude >= 1e5) { return String(format: "%.2e", number) }
  return String(format: "%.3g", number)
}

/// A number in up to four digits: "0.001", "2.5e-07".
package func shortText(_ number: Double) -> String { String(format: "%.4g", number) }

/// Seconds as "0:07", "12:30" or "1:02:03", rounded up: nothing is left when 0:00 is.
package func clockText(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "–" }
  let whole = Int(max(0, seconds).rounded(.up))
  let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
  func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return (hours > 0 ? "\(hours):\(twoDigits(minutes))" : "\(minutes)") + ":\(twoDigits(rest))"
}

/// A whole number with its thousands apart.
package func grouped(_ number: Int) -> String {
  let digits = Array(String(number.magnitude))
  let text = digits.indices.map { index in
    (index > 0 && (digits.count - index) % 3 == 0 ? "," : "") + String(digits[index])
  }
  return (number < 0 ? "-" : "") + text.joined()
}
