import StrataTensor

extension Layer {
  /// Returns the tokens with which the model goes on after some others, each drawn from the logits after those before it.
  ///
  /// ```swift
  /// let tokens = model.generate(after: tokenizer.encode("In the"), count: 200, sampler: Sampler(temperature: 0.8, seed: 1))
  /// print(tokenizer.decode(tokens))
  /// ```
  ///
  /// The model maps tokens, `int32` [B, T], to logits [B, T, V], or [B, V] of the last step. It sees each token once and
  /// carries what it needs of those before: see ``CarriedState``.
  ///
  /// - Parameters:
  ///   - prompt: The tokens to start from, one at least.
  ///   - count: The number of tokens to generate.
  ///   - sampler: How tokens are drawn.
  ///   - window: The most steps that the model can see, such as the length of its ``LearnedPositions``; nil for no limit.
  ///     Where it is full, the model goes on from the later half of what it has seen.
  ///   - end: The token after which to stop, which is among those returned.
  ///   - receive: Is given each token as it is drawn.
  /// - Returns: The generated tokens, without the prompt.
  @discardableResult
  public func generate(
    after prompt: [Int32], count: Int, sampler: Sampler = Sampler(), window: Int? = nil, until end: Int32? = nil,
    each receive: (Int32) -> Void = { _ in }
  ) -> [Int32] {
    var generation = Generation(model: self, prompts: Tensor(prompt, shape: [1, prompt.count]), window: window)
    var (sampler, generated) = (sampler, [Int32]())
    while generated.count < count {
      let token = generation.next(&sampler)
      generated.append(token.elements(Int32.self)[0])
      receive(generated.last!)
      if generated.last == end { break }
    }
    return generated
  }

  /// Returns the tokens with which the model goes on after several prompts of one length.
  ///
  /// - Parameters:
  ///   - prompts: `int32` [B, T], one step at least.
  ///   - count: The number of tokens to generate for each.
  ///   - sampler: How tokens are drawn.
  ///   - window: The most steps that the model can see; nil for no limit.
  /// - Returns: `int32` [B, count].
  public func generate(after prompts: Tensor, count: Int, sampler: Sampler = Sampler(), window: Int? = nil) -> Tensor {
    var generation = Generation(model: self, prompts: prompts, window: window)
    var sampler = sampler
    let columns = (0..<count).map { _ in generation.next(&sampler) }
    return columns.isEmpty
      ? Tensor(zeros: [prompts.shape[0], 0], dtype: .int32) : Tensor(stacking: columns, along: 1)
  }
}

/// A model that goes on with sequences, one token of each at a time.
private struct Generation<Model: Layer> {
  private let model: Model
  private let window: Int?
  private var state = CarriedState()
  /// The steps that the state has seen.
  private var seen = 0
  /// All tokens, [B, T].
  private var tokens: Tensor

  init(model: Model, prompts: Tensor, window: Int?) {
    require(
      prompts.rank == 2 && prompts.shape[1] > 0 && prompts.dtype == .int32,
      "generate: a prompt is int32 tokens [B, T], one step at least, not \(prompts.dtype) \(prompts.shape); begin with a "
        + "token that stands for the start of a text")
    require(window ?? 2 > 1, "generate: a window of \(window ?? 0) steps is too small; give two at least")
    (self.model, self.window, tokens) = (model, window, prompts)
  }

  /// Draws the next token of each sequence, `int32` [B].
  mutating func next(_ sampler: inout Sampler) -> Tensor {
    let (batch, time) = (tokens.shape[0], tokens.shape[1])
    var unseen = time - seen
    if let window, stateSteps + unseen > window {
      // The state holds too much, or the prompt is longer than the window.
      (state, stateSteps) = (CarriedState(), 0)
      unseen = min(time, max(1, seen == 0 ? window : window / 2))
    }
    let logits = model.continued(tokens[0..<batch, time - unseen..<time], &state)
    (seen, stateSteps) = (time, stateSteps + unseen)
    require(
      logits.rank == 2 || logits.rank == 3,
      "generate: the model makes \(logits.shape) of tokens [B, T]; let it end in logits [B, T, V] or [B, V]")
    let last = logits.rank == 2 ? logits : logits[0..<batch, logits.shape[1] - 1]
    let token = sampler.sample(last)
    tokens = Tensor(concatenating: [tokens, token.reshaped(to: [batch, 1])], along: 1)
    return token
  }

  /// The steps that the state holds, fewer than those seen after a new start.
  private var stateSteps = 0
}
