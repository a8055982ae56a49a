import Strata
import Testing

@Suite(.seeded) struct MetricsTests {
  @Test func `accuracy is the part of rows whose largest logit is the label's`() {
    let logits: Tensor = [[1, 2, 0], [5, 4, 3], [0, 0, 1], [2, 1, 0]]
    #expect(accuracy(logits, Tensor(labels: [1, 0, 0, 0])) == 0.75)
    #expect(accuracy(logits.converted(to: .float64), Tensor(labels: [1, 0, 0, 0])) == 0.75)
  }

  @Test func `labels may have several axes`() {
    let logits: Tensor = [[[1, 2], [2, 1]], [[0, 1], [0, 1]]]
    #expect(accuracy(logits, Tensor([1, 0, 1, 0] as [Int32], shape: [2, 2])) == 0.75)
  }

  @Test func `ties and NaN are decided as argmax decides them`() {
    let logits: Tensor = [[1, 1, 0], [0, .nan, 9], [.nan, .nan, 1], [-.infinity, -.infinity, 0]]
    let winners = logits.argmax()
    #expect(winners.elements(as: Int32.self) == [0, 1, 0, 2])
    #expect(accuracy(logits, winners) == 1)
  }

  @Test func `evaluations add up example by example`() {
    var sum = Evaluation(loss: 1, examples: 3, predictions: (3, 3))
    sum += Evaluation(loss: 5, examples: 1, predictions: (0, 1))
    #expect(sum.loss == 2)
    #expect(sum.accuracy == 0.75)
    #expect(sum == Evaluation(loss: 2, examples: 4, predictions: (3, 4)))
    #expect(Evaluation(loss: 1e-5, examples: 1).description == "loss 1.000e-05")
  }

  @Test func `a confusion matrix counts actual against predicted`() {
    var matrix = ConfusionMatrix(logits: [[1, 0], [1, 0], [0, 1]], labels: Tensor(labels: [0, 1, 1]))
    #expect(matrix.counts == [[1, 0], [1, 1]])
    #expect(matrix[actual: 1, predicted: 0] == 1)
    matrix.add(logits: [[0, 1]], labels: Tensor(labels: [1]))
    #expect(matrix.total == 4)
    #expect(matrix.accuracy == 0.75)
    #expect(matrix.recall(of: 1) == 2.0 / 3)
    #expect(matrix.precision(of: 0) == 0.5)
  }

  @Test func `recall and precision of a class that never occurs are unknown`() {
    let matrix = ConfusionMatrix(logits: [[1, 0, 0]], labels: Tensor(labels: [0]))
    #expect(matrix.recall(of: 2) == nil)
    #expect(matrix.precision(of: 2) == nil)
    #expect(ConfusionMatrix(classes: 2).accuracy == nil)
  }

  @Test func `a confusion matrix prints as an aligned table`() {
    let matrix = ConfusionMatrix(
      logits: [[1, 0], [1, 0], [0, 1], [0, 1]], labels: Tensor(labels: [0, 1, 1, 1]))
    #expect(
      matrix.description == """
        actual       →0   →1  recall
        ────────────────────────────
        0             1    ·     100
        1             1    2    66.7
        ────────────────────────────
        precision  50.0  100    75.0
        """)
  }
}
