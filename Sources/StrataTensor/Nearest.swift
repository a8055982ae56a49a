/// The candidate that is spelt most like `name`, for a message that suggests it; nil where none is alike.
///
/// Likeness is the Levenshtein distance: how many letters must be inserted, removed or replaced.
package func nearest(to name: String, among candidates: [String]) -> String? {
  func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = letter == other ? diagonal : 1 + min(diagonal, above, row[j])
        diagonal = above
      }
    }
    return row[b.count]
  }
  let measured = candidates.map { (candidate: $0, distance: distance(Array(name), Array($0))) }
  guard let best = measured.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(name.count, best.candidate.count) / 2 ? best.candidate : nil
}
