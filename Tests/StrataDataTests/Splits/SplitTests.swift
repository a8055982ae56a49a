import StrataData
import StrataTensor
import Testing

@Suite(.seeded) struct `Splits and folds` {
  let cases: [TabularReferences.Splits]
  init() throws { cases = try TabularReferences.load().splits }

  @Test func `folds without a seed are those of scikit-learn`() {
    for known in cases {
      let rows = known.labels.count
      let folds = [
        "plain": Folds(known.folds, of: rows), "stratified": Folds(known.folds, stratifying: known.labels),
        "grouped": Folds(known.test["grouped"]!.count, grouping: known.groups),
      ]
      for (kind, folds) in folds {
        #expect(folds.map(\.test) == known.test[kind], "\(kind)")
        for split in folds { #expect(Set(split.train).union(split.test).count == rows) }
      }
    }
  }

  @Test func `folds with a seed cover all rows, and strata keep their counts`() {
    for known in cases {
      let plain = Folds(known.folds, of: known.labels.count, seed: 3)
      #expect(plain.flatMap(\.test).sorted() == Array(known.labels.indices))
      #expect(plain.map(\.test) != Folds(known.folds, of: known.labels.count).map(\.test))
      let stratified = Folds(known.folds, stratifying: known.labels, seed: 3)
      for (fold, expected) in zip(stratified, known.test["stratified"]!) {
        #expect(fold.test.map { known.labels[$0] }.sorted() == expected.map { known.labels[$0] }.sorted())
        #expect(Set(fold.test).isDisjoint(with: fold.train))
      }
    }
  }

  @Test func `a split has scikit-learn's number of test rows, the same ones by the same seed`() {
    for known in cases {
      let rows = known.labels.count
      let split = Split(of: rows, test: known.share, seed: 1)
      #expect(split.test.count == known.testCount)
      #expect((split.train + split.test).sorted() == Array(0..<rows))
      #expect(split == Split(of: rows, test: known.share, seed: 1))
      #expect(split != Split(of: rows, test: known.share, seed: 2))
    }
    #expect(Split(of: 10, test: 0).test.isEmpty && Split(of: 10, test: 1).train.isEmpty)
  }

  @Test func `a stratified split keeps the share of each label to one row`() {
    for known in cases {
      let split = Split(stratifying: known.labels, test: known.share, seed: 1)
      #expect(split.test.count == known.testCount)
      #expect((split.train + split.test).sorted() == Array(known.labels.indices))
      for label in Set(known.labels) {
        let all = known.labels.count { $0 == label }
        let exact = Double(all * known.testCount) / Double(known.labels.count)
        #expect(abs(Double(split.test.count { known.labels[$0] == label }) - exact) < 1)
      }
    }
    let labels = ["a", "b", "a", "a", "b", "a", "a", "a"]
    #expect(Split(stratifying: labels, test: 0.5, seed: 4).test.count { labels[$0] == "b" } == 1)
  }

  @Test func `a grouped split leaves groups whole`() {
    for known in cases {
      let split = Split(grouping: known.groups, test: known.share, seed: 1)
      let (train, test) = (Set(split.train.map { known.groups[$0] }), Set(split.test.map { known.groups[$0] }))
      #expect(train.isDisjoint(with: test))
      #expect(test.count == Int((known.share * Double(train.count + test.count)).rounded(.up)))
      #expect((split.train + split.test).sorted() == Array(known.labels.indices))
    }
  }

  @Test func `a split by time tests with what is later than all training`() {
    #expect(Split(byTime: [3, 1, 4, 1, 5, 9], test: 0.3) == Split(byTime: [3.0, 1, 4, 1, 5, 9], test: 0.3))
    let split = Split(byTime: [3, 1, 4, 1, 5, 9], test: 0.3)
    #expect(split.train == [1, 3, 0, 2] && split.test == [4, 5])
    // All rows of one moment are on one side.
    let ties = Split(byTime: ["a", "c", "c", "b", "c"], test: 0.2)
    #expect(ties.train == [0, 3] && ties.test == [1, 2, 4])
    #expect(Split(byTime: [1, 1, 1], test: 0.5).train.isEmpty)
  }

  @Test func `split tables and examples`() {
    let table = Table(["n": .integers([0, 1, 2, 3])])
    let split = Split(byTime: [3, 1, 2, 0], test: 0.5)
    let parts = table.split(split)
    #expect(parts.train["n"] == .integers([3, 1]) && parts.test["n"] == .integers([2, 0]))
    let examples = Dataset(inputs: Tensor([0, 1, 2, 3], shape: [4, 1]), labels: Tensor(labels: [0, 1, 2, 3])).split(
      split)
    #expect(examples.train.labels == Tensor(labels: [3, 1]) && examples.test.labels == Tensor(labels: [2, 0]))
  }

  @Test func `balanced weights are those of scikit-learn`() {
    for known in cases {
      let weights = balancedClassWeights(of: Tensor(labels: known.labels), classes: known.weights.count)
      for (a, b) in zip(weights, known.weights) { #expect(abs(a - b) < 1e-12) }
    }
    #expect(balancedClassWeights(of: Tensor(labels: [2, -100, 0, 0]), classes: 4) == [3.0 / 8, 0, 3.0 / 4, 0])
  }
}
