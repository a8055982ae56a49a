import ExampleSupport
import Foundation
import Strata

/// Trains both networks on the same sequences and compares them.
///
/// The problem is that of Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997. A constant answer of 1 has an
/// error of 1/6; the problem counts as solved at 0.01.
func solveAddingProblem(_ settings: AddingSettings, _ io: ExampleIO) throws {
  let (length, hidden, seed) = (settings.length, settings.hidden, settings.common.seed)
  let test = sequences(1000, length, seed: seed, stream: 0)
  let train = sequences(settings.examples, length, seed: seed, stream: 1)
  if !settings.common.isQuiet {
    io.say("The sum of two marked numbers in sequences of \(length). A constant answer of 1 has error 0.167.\n")
  }
  let rnn = try withSeed(seed) { try Contender("RNN", RNNCell(2, hidden), settings, train, test, io) }
  // With an initial forget bias of 1 the gates are mostly open, and the LSTM learns sooner.
  let lstm = try withSeed(seed) {
    try Contender("LSTM", LSTMCell(2, hidden, forgetBias: 1), settings, train, test, io)
  }

  if !settings.common.isQuiet {
    io.say("\nThe gradient norm at each step relative to the last step, before and after training:\n")
    io.say("  step" + [rnn, lstm].map { "\($0.name) fresh".padded(14) + "\($0.name) trained".padded(14) }.joined())
    let shown = Array(Set((0...5).map { max(1, $0 * length / 5) })).sorted()
    for step in shown {
      let columns = [rnn.fresh, rnn.trained, lstm.fresh, lstm.trained].map {
        String(format: "%.1e", $0[step - 1] / $0[length - 1]).padded(14)
      }
      io.say("\(step)".padded(6) + columns.joined())
    }
    io.say("")
  }
  if !settings.common.isQuiet || !settings.common.printsJSON {
    io.say(
      String(
        format: "Test error: RNN %.4f, LSTM %.4f after %d epochs in %.1f s of training.", rnn.error, lstm.error,
        settings.common.epochs, rnn.seconds + lstm.seconds))
  }
  if settings.common.printsJSON {
    let line = JSONLine([
      "test_loss": lstm.error, "rnn_test_loss": rnn.error, "test_accuracy": lstm.accuracy,
      "train_seconds": rnn.seconds + lstm.seconds, "epochs": settings.common.epochs, "parameters": lstm.parameters,
      "seed": seed,
    ])
    io.say("\(line)")
  }
}

/// A trained network and its measurements.
struct Contender {
  let name: String
  let error: Double
  /// The share of sums that are off by less than 0.04, which Hochreiter and Schmidhuber count as right.
  let accuracy: Double
  let seconds: Double
  let parameters: Int
  /// The norm of dL/ds of the state s after each step, before and after training.
  let fresh: [Double]
  let trained: [Double]

  init<Cell: RecurrentCell>(
    _ name: String, _ cell: Cell, _ settings: AddingSettings, _ train: Dataset, _ test: Dataset,
    _ io: ExampleIO
  ) throws {
    let (model, recurrent, head) = adder(cell)
    if !settings.common.isQuiet { io.note("\(name), \(model.parameterCount) parameters:") }
    fresh = stepNorms(recurrent, head, test[0..<min(test.count, 100)])
    var trainer = Trainer(
      model, loss: MeanSquaredError(), optimizer: Adam(for: model, learningRate: settings.common.learningRate),
      maximumGlobalNorm: 1, seed: settings.common.seed, progress: settings.common.progress,
      callbacks: try settings.common.callbacks(for: name, lookingAt: test))
    let epochs = try settings.common.epochsLeft(of: &trainer, for: name)
    let start = ContinuousClock.now
    try trainer.fit(train, epochs: epochs, batchSize: settings.common.batch) { trainer, _ in
      trainer.optimizer.learningRate *= 0.9
    }
    seconds = (ContinuousClock.now - start) / .seconds(1)
    error = try trainer.evaluate(test).loss
    accuracy = (abs(try trainer.predict(test.inputs) - test.labels) .< 0.04).mean().item
    try trainer[RunReport.self]?.add(figure: "test loss", error)
    trained = stepNorms(recurrent, head, test[0..<min(test.count, 100)])
    parameters = model.parameterCount
    self.name = name
  }
}

/// Returns a network that reads a sequence and outputs one number, and its two layers.
func adder<Cell: RecurrentCell>(_ cell: Cell) -> (model: Sequential, recurrent: Recurrent<Cell>, head: Linear) {
  let (recurrent, head) = (Recurrent(cell, returning: .lastStep), Linear(cell.hiddenSize, 1))
  return (Sequential([recurrent, head]), recurrent, head)
}

/// Returns the norm of dL/ds of the cell's state s after each step, by one backward pass.
private func stepNorms<Cell: RecurrentCell>(_ recurrent: Recurrent<Cell>, _ head: Linear, _ data: Dataset) -> [Double] {
  let run = recurrent.unroll(data.inputs)
  let (y, cache) = head.forward(run.lastState.tensors[0])
  var gradients = Gradients()
  // dL of the last state is zero except for its output, which the head reads.
  var dState = recurrent.cell.initialState(batch: data.count, dtype: .float32)
  dState.tensors[0] = head.backward(MeanSquaredError().evaluate(y, data.labels).gradient, cache, &gradients)
  return recurrent.backward(lastState: dState, run.cache, &gradients, measuringNorms: true).norms
}

/// Returns sequences [N, T, 2] of numbers and marks, one mark in each half, and the sums of the marked numbers, [N, 1].
private func sequences(_ count: Int, _ length: Int, seed: UInt64, stream: UInt64) -> Dataset {
  var generator = RandomGenerator(seed: seed, stream: 1 << 20 + stream)
  var (inputs, sums) = ([Float](), [Float]())
  for _ in 0..<count {
    let marks = [0..<length / 2, length / 2..<length].map { Int.random(in: $0, using: &generator) }
    var sum: Float = 0
    for step in 0..<length {
      let number = Float.random(in: 0..<1, using: &generator)
      let mark: Float = marks.contains(step) ? 1 : 0
      inputs += [number, mark]
      sum += number * mark
    }
    sums.append(sum)
  }
  return Dataset(inputs: Tensor(inputs, shape: [count, length, 2]), labels: Tensor(sums, shape: [count, 1]))
}

extension String {
  fileprivate func padded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
