/// The candidate that is spelt most like `name`, for a message that suggests it; nil where none is alike.
package func nearest(to name: String, among candidates: [String]) -> String? {
  let measured = candidates.map { (candidate: $0, distance: editDistance(from: name, to: $0)) }
  guard let best = measured.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(name.count, best.candidate.count) / 2 ? best.candidate : nil
}

/// Levenshtein's distance: how many letters must be inserted, removed or replaced to make one text of the other.
package func editDistance(from name: String, to text: String) -> Int {
  let text = Array(text)
  var row = Array(0...text.count)
  for letter in name {
    var diagonal = row[0]
    row[0] += 1
    for (j, other) in text.enumerated() {
      let above = row[j + 1]
      row[j + 1] = letter == other ? diagonal : 1 + min(diagonal, above, row[j])
      diagonal = above
    }
  }
  return row[text.count]
}
