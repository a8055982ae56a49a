import Strata

extension Sequential {
  /// Returns characters that the model writes after a text.
  ///
  /// Where the context is full, the model goes on from the second half of it.
  func continuation(
    of prompt: String, characters count: Int, _ tokenizer: CharacterTokenizer, context: Int, _ sampler: inout Sampler
  ) -> String {
    var text = tokenizer.encode(prompt.isEmpty ? "\n" : prompt)
    let start = text.count
    var (state, seen) = (CarriedState(), context)
    for _ in 0..<count {
      var unseen = 1
      if seen >= context {
        (state, seen) = (CarriedState(), 0)
        unseen = min(text.count, max(1, context / 2))
      }
      let logits = continued(Tensor(Array(text.suffix(unseen)), shape: [1, unseen]), &state)
      seen += unseen
      text += sampler.sample(logits[0, -1]).elements(as: Int32.self)
    }
    return tokenizer.decode(Array(text[start...]))
  }
}
