/// Whether all of a text fits a pattern, in which each `*` stands for any letters, or none.
package func matches(_ text: String, glob pattern: String) -> Bool {
  let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
  guard let first = parts.first, let last = parts.dropFirst().last else { return text == pattern }
  guard text.count >= first.count + last.count, text.hasPrefix(first), text.hasSuffix(last) else { return false }
  var rest = text.dropFirst(first.count).dropLast(last.count)
  // What stands between two stars may be taken where it comes first: that leaves most for those behind it.
  for part in parts.dropFirst().dropLast() where !part.isEmpty {
    guard let place = rest.firstRange(of: part) else { return false }
    rest = rest[place.upperBound...]
  }
  return true
}
