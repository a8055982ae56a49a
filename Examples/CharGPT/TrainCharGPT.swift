import ExampleSupport
import Foundation
import Strata

/// Trains and tests a model with these settings, and lets it write.
func trainCharGPT(_ settings: CharGPTSettings, _ io: ExampleIO) throws {
  let common = settings.common
  guard settings.features % settings.heads == 0 else {
    throw UsageError("--heads \(settings.heads) must divide --features \(settings.features)")
  }
  let path = try common.data ?? CommonSettings.bundled("text/new-testament.txt.gz", "a text with --data FILE")
  let text = try TextFile.read(path)
  let tokenizer = CharacterTokenizer(text)
  let (train, validation, test) = try parts(of: tokenizer.encode(text), from: path, settings)
  let model = characterModel(vocabulary: tokenizer.vocabularySize, settings)
  if !common.isQuiet {
    let counts =
      "\(train.tokenCount) characters to learn from, \(validation.tokenCount) to validate and \(test.tokenCount)"
    io.say("\(counts) to test, \(tokenizer.vocabularySize) different ones")
    io.say("\(try model.summary(input: [common.batch, settings.context]))")
  }

  var trainer = try trainer(of: model, train, validation, settings)
  let epochs = try common.epochsLeft(of: &trainer)
  let prompt = settings.prompt.flatMap { $0.isEmpty ? nil : $0 } ?? "\n"
  let start = ContinuousClock.now
  let isTimed = settings.minutes != nil && common.epochs > 0
  try trainer.fit(
    train, validation: validation, epochs: isTimed ? 100_000 : epochs, batchSize: common.batch
  ) { trainer, record in
    guard !common.isQuiet else { return }
    let sampler = Sampler(temperature: settings.temperature, seed: UInt64(record.epoch))
    let line = written(by: model, after: prompt, characters: 100, tokenizer, sampler, settings)
    io.say("  writes: \(line.split(separator: "\n").joined(separator: " / "))")
  }
  let seconds = (ContinuousClock.now - start) / .seconds(1)
  let loss = try trainer.evaluate(test).loss
  let bits = loss / log(2)
  try trainer[RunReport.self]?.add(figure: "test bits per character", bits)

  if !common.isQuiet || settings.prompt != nil && !common.printsJSON {
    let sampler = Sampler(
      temperature: settings.temperature, topK: settings.topK, topP: settings.topP, seed: common.seed)
    let more = written(by: model, after: prompt, characters: settings.tokens, tokenizer, sampler, settings)
    io.say("\n\(prompt)\(more)\n")
  }
  if !common.isQuiet || !common.printsJSON {
    io.say(
      String(
        format: "test_bits_per_character %.4f after %d epochs in %.2f s of training.", bits, trainer.epochsDone, seconds
      ))
  }
  if common.printsJSON {
    let line = JSONLine([
      "test_bits_per_character": bits, "test_loss": loss, "train_seconds": seconds, "epochs": trainer.epochsDone,
      "steps": trainer.stepsDone, "parameters": model.parameterCount, "seed": common.seed,
    ])
    io.say("\(line)")
  }
}

/// Returns what the model writes after a text.
private func written(
  by model: Sequential, after prompt: String, characters count: Int, _ tokenizer: CharacterTokenizer,
  _ sampler: Sampler, _ settings: CharGPTSettings
) -> String {
  tokenizer.decode(
    model.generate(after: tokenizer.encode(prompt), count: count, sampler: sampler, window: settings.context))
}

/// Returns an untrained GPT, with weights drawn from the seed.
func characterModel(vocabulary: Int, _ settings: CharGPTSettings) -> Sequential {
  withSeed(settings.common.seed) {
    Sequential {
      Embedding(vocabulary, settings.features, initializer: .normal(standardDeviation: 0.02))
      if settings.dropout > 0 { Dropout(settings.dropout) }
      for _ in 0..<settings.layers {
        TransformerEncoderLayer(
          settings.features, heads: settings.heads, mask: .causal, positions: .rotary(), dropout: settings.dropout)
      }
      LayerNorm(settings.features)
      Linear(settings.features, vocabulary)
    }
  }
}

/// Returns the first nine tenths of a text, and two parts of the rest.
private func parts(
  of tokens: [Int32], from path: String, _ settings: CharGPTSettings
) throws -> (train: TokenWindows, validation: TokenWindows, test: TokenWindows) {
  let needed = 20 * (settings.context + 2)
  guard tokens.count >= needed else {
    throw InputError(
      "\(path): \(tokens.count) characters are too few for a context of \(settings.context); give \(needed) or more")
  }
  // Windows anywhere in the text, as many in an epoch as lie side by side.
  let batches = max(1, tokens.count * 9 / 10 / (settings.context * settings.common.batch))
  let (train, rest) = TokenWindows(tokens, length: settings.context, randomBatches: batches).split(at: 0.9)
  let (validation, test) = rest.split(at: 0.5)
  return (train, validation, test)
}

private func trainer(
  of model: Sequential, _ train: TokenWindows, _ validation: TokenWindows, _ settings: CharGPTSettings
) throws -> Trainer<Sequential, SoftmaxCrossEntropy, AdamW> {
  let common = settings.common
  let optimizer = AdamW(
    for: model, learningRate: common.learningRate, betas: (0.9, 0.99), weightDecay: 0.1, groups: [.noDecayOnVectors])
  // A tenth of the steps at most go to the warm-up.
  let schedule = Schedule.overEpochs { [epochs = max(1, common.epochs), rate = common.learningRate] steps in
    let total = epochs * steps
    let warmUp = min(100, max(1, total / 10))
    return .cosine(from: rate, to: rate / 10, steps: max(1, total - warmUp)).warmedUp(over: warmUp, from: 0.01)
  }
  let timed = settings.minutes.map {
    TimedRate(
      seconds: 60 * $0,
      schedule: .cosine(from: common.learningRate, to: common.learningRate / 10, steps: TimedRate.parts), warmUp: 100)
  }
  return Trainer(
    model, loss: SoftmaxCrossEntropy(), optimizer: optimizer, maximumGlobalNorm: 1,
    schedule: timed == nil ? schedule : nil, seed: common.seed,
    progress: common.progress, validationMetrics: [BitsPerCharacter()],
    callbacks: try [timed].compactMap { $0 as (any Callback)? } + common.callbacks(lookingAt: validation))
}
