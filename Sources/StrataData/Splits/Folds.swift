import StrataTensor

/// k splits of the same rows, in each of which another k-th part is the test: cross-validation.
///
/// ```swift
/// for split in Folds(5, stratifying: labels, seed: 1) {
///   let (train, test) = (data.gathered(rows: split.train), data.gathered(rows: split.test))
///   …
/// }
/// ```
///
/// Without a seed the folds are those of scikit-learn's `KFold`, `StratifiedKFold` and `GroupKFold`. Rows keep their order
/// in each part.
public struct Folds: RandomAccessCollection, Sendable {
  /// Of each row the fold in which it is a test.
  private let folds: [Int]

  public let startIndex = 0
  public let endIndex: Int

  private init(_ count: Int, _ folds: [Int]) { (endIndex, self.folds) = (count, folds) }

  /// Parts of rows that follow one another, of a random order if there is a seed; the first ones have one more row where
  /// they cannot have all the same.
  public init(_ count: Int, of rows: Int, seed: UInt64? = nil) {
    Self.requireFolds(count, rows, "rows")
    let order = seed.map { permutation(of: rows, epoch: 0, seed: $0) } ?? Array(0..<rows)
    let (size, larger) = rows.quotientAndRemainder(dividingBy: count)
    var folds = Array(repeating: 0, count: rows)
    for (place, row) in order.enumerated() {
      let bound = larger * (size + 1)
      folds[row] = place < bound ? place / (size + 1) : larger + (place - bound) / size
    }
    self.init(count, folds)
  }

  /// Parts in which each label is as frequent as in all rows, as closely as whole rows allow, with the rows of a label in
  /// random order if there is a seed.
  public init(_ count: Int, stratifying labels: [some Hashable], seed: UInt64? = nil) {
    Self.requireFolds(count, labels.count, "rows")
    let (codes, classCount) = codes(of: labels)
    // Labels sorted and dealt out like cards say how many of each a fold has.
    var quotas = Array(repeating: Array(repeating: 0, count: count), count: classCount)
    for (place, code) in codes.sorted().enumerated() { quotas[code][place % count] += 1 }
    var folds = Array(repeating: 0, count: labels.count)
    var fold = Array(repeating: 0, count: classCount)
    let order = seed.map { permutation(of: labels.count, epoch: 0, seed: $0) } ?? Array(labels.indices)
    for row in order {
      let code = codes[row]
      while quotas[code][fold[code]] == 0 { fold[code] += 1 }
      quotas[code][fold[code]] -= 1
      folds[row] = fold[code]
    }
    self.init(count, folds)
  }

  /// Parts of whole groups: from the largest to the smallest, each goes to the fold that has fewest rows.
  public init(_ count: Int, grouping groups: [some Hashable]) {
    let (codes, groupCount) = codes(of: groups)
    Self.requireFolds(count, groupCount, "groups")
    var sizes = Array(repeating: 0, count: groupCount)
    for code in codes { sizes[code] += 1 }
    var (load, foldOfGroup) = (Array(repeating: 0, count: count), Array(repeating: 0, count: groupCount))
    for group in sizes.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) {
      let lightest = load.indices.min { (load[$0], $0) < (load[$1], $1) }!
      load[lightest] += sizes[group]
      foldOfGroup[group] = lightest
    }
    self.init(count, codes.map { foldOfGroup[$0] })
  }

  private static func requireFolds(_ count: Int, _ parts: Int, _ what: String) {
    require(
      count >= 2 && count <= parts, "Folds: \(count) folds of \(parts) \(what) are not possible; give 2 to \(parts)")
  }

  /// The split of a fold.
  public subscript(fold: Int) -> Split {
    require(indices ~= fold, "Folds: there is no fold \(fold) among \(count)")
    return Split(train: folds.indices.filter { folds[$0] != fold }, test: folds.indices.filter { folds[$0] == fold })
  }
}
