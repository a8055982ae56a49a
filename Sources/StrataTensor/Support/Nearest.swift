/// The candidate that is spelt most like `name`, for a message that suggests it; nil where none is alike.
package func nearest(to name: String, among candidates: [String]) -> String? {
  let measured = candidates.map { (candidate: $0, distance: editDistance(from: name, to: $0)) }
  guard let best = measured.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(name.count, best.candidate.count) / 2 ? best.candidate : nil
}

/// Levenshtein's distance: how many letters must be inserted, removed or replaced to make `text` of
/// `pattern`. A `*` in the pattern becomes any letters, or none, at no cost: 0 where the pattern matches.
package func editDistance(from pattern: String, to text: String) -> Int {
  let text = Array(text)
  var row = Array(0...text.count)
  for letter in pattern {
    let cost = letter == "*" ? 0 : 1
    var diagonal = row[0]
    row[0] += cost
    for (j, other) in text.enumerated() {
      let above = row[j + 1]
      row[j + 1] = letter == other ? diagonal : min(diagonal + cost, above + cost, row[j] + cost)
      diagonal = above
    }
  }
  return row[text.count]
}
