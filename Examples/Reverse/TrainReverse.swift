import ExampleSupport
import Foundation
import Strata

/// Trains and tests an encoder–decoder with these settings.
func trainReverse(_ settings: ReverseSettings, _ io: ExampleIO) throws {
  let common = settings.common
  guard settings.features % settings.heads == 0 else {
    throw UsageError("--heads \(settings.heads) must divide --features \(settings.features)")
  }
  let train = DigitTasks(length: settings.length, count: settings.examples)
  let validation = DigitTasks(length: settings.length, count: min(500, settings.examples), evaluation: 1)
  let test = DigitTasks(length: settings.length, count: min(1000, settings.examples), evaluation: 2)
  let model = translator(settings)
  if !common.isQuiet { io.say("\(model.parameterCount) parameters; \(settings.examples) examples in an epoch\n") }

  // A twentieth of the steps go to the warm-up.
  let schedule = Schedule.overEpochs { [epochs = max(1, common.epochs), rate = common.learningRate] steps in
    let warmUp = max(1, epochs * steps / 20)
    return .cosine(from: rate, steps: max(1, epochs * steps - warmUp)).warmedUp(over: warmUp, from: 0.01)
  }
  var trainer = Trainer(
    model, loss: SoftmaxCrossEntropy(ignoredIndex: Int(DigitTasks.padding)),
    optimizer: AdamW(for: model, learningRate: common.learningRate), maximumGlobalNorm: 1, schedule: schedule,
    seed: common.seed, progress: common.progress, callbacks: try common.callbacks(lookingAt: validation))
  let epochs = try common.epochsLeft(of: &trainer)
  let start = ContinuousClock.now
  try trainer.fit(train, validation: validation, epochs: epochs, batchSize: common.batch)
  let seconds = (ContinuousClock.now - start) / .seconds(1)

  let request = BatchRequest(batchSize: 1, seed: common.seed)
  let examples = (0..<test.count).map { test.example($0, for: request) }
  let results = model.results(of: examples, test)
  let right = zip(examples, results).filter { $0.result == $1 }.count
  let accuracy = Double(right) / Double(examples.count)
  if !common.isQuiet {
    for (example, result) in zip(examples, results).prefix(6) {
      io.say(
        "\(example.task) \(text(example.digits)): \(text(result))"
          + (result == example.result ? "" : ", which is wrong"))
    }
    io.say("")
  }
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "%.2f %% of %d sequences are exactly right after %d epochs in %.2f s of training.", 100 * accuracy,
        examples.count, trainer.epochsDone, seconds))
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_accuracy": accuracy, "test_loss": try trainer.evaluate(test).loss, "train_seconds": seconds,
      "epochs": trainer.epochsDone, "parameters": model.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// Returns an untrained model, with weights drawn from the seed.
func translator(_ settings: ReverseSettings) -> Transformer<Sequential> {
  let (features, heads, length) = (settings.features, settings.heads, settings.length + 1)
  return withSeed(settings.common.seed) {
    Transformer(
      encoder: Sequential {
        Embedding(DigitTasks.vocabularySize, features)
        LearnedPositions(length, features)
        for _ in 0..<settings.layers { TransformerEncoderLayer(features, heads: heads) }
        LayerNorm(features)
      },
      input: Sequential {
        Embedding(DigitTasks.vocabularySize, features)
        LearnedPositions(length, features)
      },
      decoder: TransformerDecoder((0..<settings.layers).map { _ in TransformerDecoderLayer(features, heads: heads) }),
      output: Sequential {
        LayerNorm(features)
        Linear(features, DigitTasks.vocabularySize)
      })
  }
}

extension Transformer<Sequential> {
  /// Returns what the model makes of some examples: the likeliest token at each step, up to the end.
  func results(of examples: [DigitTasks.Example], _ tasks: DigitTasks) -> [[Int32]] {
    let source = tasks.batch(of: examples).inputs.first
    var tokens = Tensor(Array(repeating: DigitTasks.begin, count: examples.count), shape: [examples.count, 1])
    var (state, steps) = (CarriedState(), [[Int32]]())
    for _ in 0...tasks.length {
      tokens = continued(Pair(source, tokens), &state).argmax()
      steps.append(tokens.elements(as: Int32.self))
    }
    return examples.indices.map { row in Array(steps.lazy.map { $0[row] }.prefix { $0 != DigitTasks.end }) }
  }
}

private func text(_ digits: [Int32]) -> String { digits.map { "\($0)" }.joined() }
