import Strata
import StrataTensor
import StrataTesting
import Testing

/// What can be done with any model can be done with one over sequences of unequal lengths.
@Suite(.seeded) struct PackedModelTests {
  private let model = withSeed(1) {
    PackedSequential {
      Frozen { Embedding(9, 4) }
      Dropout(0.3)
      Recurrent(LSTMCell(4, 6))
      Offloaded {
        Recurrent(RNNCell(6, 6)); BatchNorm(6)
      }
      MeanOverTime()
      Linear(6, 2)
    }
  }
  private let words = PaddedSequences(
    padding: [[3, 1, 8, 0, 2], [], [7], [5, 5, 4]].map { Tensor($0 as [Int32], shape: [$0.count]) })

  @Test func `lists are filled up to the longest`() {
    #expect(
      words.values == Tensor([3, 1, 8, 0, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 5, 5, 4, 0, 0] as [Int32], shape: [4, 5]))
    #expect(words.lengths == Tensor([5, 0, 1, 3] as [Int32], shape: [4]))
    #expect(words.rowCount == 4 && words.rows(2..<4).lengths == Tensor([1, 3] as [Int32], shape: [2]))
    let rows = PaddedSequences(padding: [[[1, 2]], [[3, 4], [5, 6]]])
    #expect(rows.values == [[[1, 2], [0, 0]], [[3, 4], [5, 6]]])
  }

  @Test func `parameters, state and summary have the paths of a Sequential`() throws {
    #expect(model.parameters.map(\.path).contains("3.1.weight") && model.state["2.cell.inputWeight"] != nil)
    let summary = try model.summary(at: words)
    #expect(summary.rows.map(\.path) == ["0.0", "1", "2", "3.0", "3.1", "4", "5"])
    #expect(summary.rows[2].outputShape == [9, 6] && summary.rows[6].outputShape == [4, 2])
    #expect(summary.input == [[4, 5], [4]] && summary.cachedBytes > 0)
  }

  @Test func `a memory plan is of the batch's own lengths`() throws {
    let optimizer = SGD(for: model, learningRate: 0.1)
    let plan = try model.memoryPlan(at: words, optimizer: optimizer)
    #expect(plan.input == [[4, 5], [4]] && plan.strategies[0].cachedBytes == model.cachedBytes(at: words))
    let full = PaddedSequences(words.values, lengths: [5, 5, 5, 5])
    #expect(
      try model.memoryPlan(at: full, optimizer: optimizer).strategies[0].cachedBytes > plan.strategies[0].cachedBytes)
  }

  @Test func `shapes are checked before anything runs, and a mismatch has its path`() throws {
    #expect(try model.validate(input: words.shapes) == [[4, 2]])
    #expect(try PackedSequential { Embedding(9, 4) }.validate(input: [[4, 0], [4]]) == [[4, 0, 4]])
    let wrong = PackedSequential {
      Embedding(9, 4)
      Sequential { Recurrent(GRUCell(5, 6)) }
      LastStep()
      Recurrent(GRUCell(6, 2))
    }
    let error = #expect(throws: ShapeError.self) { try wrong.validate(input: words.shapes) }
    #expect(
      error?.description == """
        1.0: Recurrent(GRUCell(5, 6)) expects an input of shape [B, T, 5], or [20, 5], the steps of the 4 sequences, \
        not [20, 4]; make its input size the last axis of what comes before, and give it a step of time at least \
        (the rows are the steps of [4, 5])
        3: Recurrent(GRUCell(6, 2)) expects an input of shape [B, T, 6], or [20, 6], the steps of the 4 sequences, \
        not [4, 6]; give it a batch of sequences of rows of 6 numbers (the rows are the steps of [4, 5])
        """)
    for shapes in [[[4, 5]], [[4, 5], [3]], [[4], [4]]] as [[Shape]] {
      #expect(throws: ShapeError.self) { try model.validate(input: shapes) }
    }
  }

  @Test func `a pooling layer that sees no sequences says so`() {
    let error = #expect(throws: ShapeError.self) { try MeanOverTime().outputShape(for: [4, 5]) }
    #expect(
      error?.description == """
        MeanOverTime() expects an input of shape [B, T, D], not [4, 5]; give it a batch of sequences, and put it \
        before what sees one row a sequence
        """)
  }

  @Test func `inference runs on steps alone, and can be differentiated`() {
    let (y, cache) = model.inference(words)
    #expect(y == model(words))
    var gradients = Gradients()
    model.accumulate(Tensor(ones: [4, 2]), cache, &gradients)
    #expect(gradients.receivers.count == 12 && gradients[(model.layers[5] as! Linear).bias!] == [4, 4])
  }

  @Test func `run again in backward, it has the same gradients, to the last bit`() {
    let calls = RandomCalls.recording { model.forward(words) }.calls
    func gradients(_ run: some Module<PaddedSequences, Tensor>) -> [Tensor?] {
      let gradients = calls.replayed { run.gradients(at: words) { (0, $0 * $0) }.gradients }
      return model.parameters.map { gradients[$0.parameter] }
    }
    #expect(gradients(model) == gradients(model.recomputed()))
  }

  @Test func `the gradient's flow is that of the steps that there are`() throws {
    let recurrent = withSeed(2) { Recurrent(RNNCell(2, 3)) }
    let model = withSeed(3) {
      PackedSequential {
        recurrent
        Bidirectional(GRUCell(3, 3), GRUCell(3, 3), returning: .lastStep)
      }
    }
    let x = PaddedSequences(withSeed(4) { Tensor(normal: [3, 5, 2]) }, lengths: [2, 4, 0])
    let flow = GradientFlow(of: model, at: x, Tensor(ones: [3, 6]), loss: MeanSquaredError())
    let (first, second) = (flow.recurrences[0], flow.recurrences[1])
    #expect(flow.recurrences.map(\.path) == ["0", "1", "1"])
    #expect(first.activationNorms.count == 4 && first.gradientNorms.count == 4 && first.carriedNorms.count == 4)
    // Sequence 1 alone has a fourth step, whose state is its last.
    let states = recurrent(x.values[1][0..<4].reshaped(to: [1, 4, 2]))
    #expect(abs(first.activationNorms[3] - states[0, 3].sumOfSquares.squareRoot()) < 1e-6)
    #expect(first.saturatedShare != nil && second.activationNorms.count == 4)
    let dy = MeanSquaredError().evaluate(model(x), Tensor(ones: [3, 6])).gradient[1][0..<3]
    #expect(abs(second.carriedNorms[3] - dy.sumOfSquares.squareRoot()) < 1e-6)
  }

  /// The sum of the numbers that a mark stands by, in sequences of 2 to 12 steps.
  private func markedSums(_ count: Int, seed: UInt64) -> Examples<PaddedSequences, Tensor> {
    var generator = RandomGenerator(seed: seed)
    var (sequences, sums) = ([Tensor](), [Float]())
    for _ in 0..<count {
      let length = Int.random(in: 2...12, using: &generator)
      let marks = (0..<length).shuffled(using: &generator).prefix(2)
      var steps: [Float] = []
      var sum: Float = 0
      for step in 0..<length {
        let number = Float.random(in: 0..<1, using: &generator)
        steps += [number, marks.contains(step) ? 1 : 0]
        if marks.contains(step) { sum += number }
      }
      sequences.append(Tensor(steps, shape: [length, 2]))
      sums.append(sum)
    }
    return Examples(inputs: PaddedSequences(padding: sequences), labels: Tensor(sums, shape: [count, 1]))
  }

  /// To answer 1 always has an error of 1/6; at 0.01 the problem counts as solved.
  @Test func `it learns to add what is marked in sequences of any length`() throws {
    let model = withSeed(5) {
      PackedSequential {
        Linear(2, 16)
        Tanh()
        Recurrent(LSTMCell(16, 24, forgetBias: 1))
        LastStep()
        Linear(24, 1)
      }
    }
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: Adam(for: model, learningRate: 0.01), maximumGlobalNorm: 1,
      progress: .silent)
    try trainer.fit(markedSums(512, seed: 1), epochs: 25, batchSize: 32)
    let error = try trainer.evaluate(markedSums(256, seed: 2)).loss
    #expect(error < 0.01, "\(error)")
  }
}
