import StrataTensor

/// The numbers of the rows to train with and of those to test with.
///
/// ```swift
/// let split = Split(stratifying: labels, test: 0.2, seed: 1)
/// let (train, test) = (examples.gathered(rows: split.train), examples.gathered(rows: split.test))
/// ```
///
/// The test part is a share of the rows, rounded up, as scikit-learn's `train_test_split` has it.
public struct Split: Sendable, Equatable {
  /// The rows to train with.
  public let train: [Int]

  /// The rows to test with, none of them in ``train``.
  public let test: [Int]

  init(train: [Int], test: [Int]) { (self.train, self.test) = (train, test) }

  private init(order: [Int], test count: Int) {
    self.init(train: Array(order.dropLast(count)), test: Array(order.suffix(count)))
  }

  /// Rows in random order.
  public init(of count: Int, test share: Double = 0.25, seed: UInt64 = Runtime.seed) {
    self.init(order: permutation(of: count, epoch: 0, seed: seed), test: Self.testCount(of: count, share))
  }

  /// Rows in random order, with the share of each label in both parts what it is in all, as closely as whole rows allow:
  /// what is left by rounding down goes to the labels with the largest remainders, of equal ones to those that come first.
  public init(stratifying labels: [some Hashable], test share: Double = 0.25, seed: UInt64 = Runtime.seed) {
    let testCount = Self.testCount(of: labels.count, share)
    let order = permutation(of: labels.count, epoch: 0, seed: seed)
    let (codes, classCount) = codes(of: labels)
    var sizes = Array(repeating: 0, count: classCount)
    for code in codes { sizes[code] += 1 }
    // Whole numbers: size · testCount = quota · count + remainder.
    let parts = sizes.map { ($0 * testCount).quotientAndRemainder(dividingBy: labels.count) }
    var quotas = parts.map(\.quotient)
    let ranked = parts.indices.sorted { (parts[$1].remainder, $0) < (parts[$0].remainder, $1) }
    for label in ranked.prefix(testCount - quotas.reduce(0, +)) { quotas[label] += 1 }
    var isTest = Array(repeating: false, count: labels.count)
    for row in order where quotas[codes[row]] > 0 {
      isTest[row] = true
      quotas[codes[row]] -= 1
    }
    self.init(train: order.filter { !isTest[$0] }, test: order.filter { isTest[$0] })
  }

  /// Groups in random order, whole: all rows of a patient, say, are on one side. The share is that of the groups.
  public init(grouping groups: [some Hashable], test share: Double = 0.25, seed: UInt64 = Runtime.seed) {
    let (codes, groupCount) = codes(of: groups)
    let isTest = Set(Split(of: groupCount, test: share, seed: seed).test)
    self.init(
      train: codes.indices.filter { !isTest.contains(codes[$0]) },
      test: codes.indices.filter { isTest.contains(codes[$0]) })
  }

  /// The latest rows as the test, both parts in the order of time. Rows of the time at which the test begins are all in it,
  /// so that none is trained with that is not before all of the test.
  public init(byTime times: [some Comparable], test share: Double = 0.25) {
    let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    var first = order.count - Self.testCount(of: order.count, share)
    while first > 0, first < order.count, times[order[first - 1]] == times[order[first]] { first -= 1 }
    self.init(order: order, test: order.count - first)
  }

  private static func testCount(of count: Int, _ share: Double) -> Int {
    requireOption("Split: the share of the test", share, .fraction)
    return Int((share * Double(count)).rounded(.up))
  }
}

/// Numbers the different values in the order of their first appearance.
func codes<Value: Hashable>(of values: [Value]) -> (codes: [Int], count: Int) {
  var places: [Value: Int] = [:]
  let codes = values.map { value in
    let place = places[value] ?? places.count
    places[value] = place
    return place
  }
  return (codes, places.count)
}

extension Examples {
  /// The examples of the training and of the test part.
  public func split(_ split: Split) -> (train: Examples, test: Examples) {
    (gathered(rows: split.train), gathered(rows: split.test))
  }
}
