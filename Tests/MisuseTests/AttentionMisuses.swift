import Strata

/// Mistakes with attention, transformers and generation.
let attentionMisuses: [String: Misuse] = [
  "heads that do not divide the features": Misuse(
    "MultiHeadAttention: 10 features are not divided by 3 heads; make them a positive multiple of the heads"
  ) { _ = MultiHeadAttention(10, heads: 3) },
  "heads of keys that do not divide the heads": Misuse(
    "CrossAttention: 4 heads of queries are not divided by 3 heads of keys and values"
  ) { _ = CrossAttention(8, heads: 4, keyValueHeads: 3) },
  "rotary positions of odd heads": Misuse("MultiHeadAttention: rotary positions turn 3 elements of heads of 3 in pairs")
  {
    _ = MultiHeadAttention(9, heads: 3, positions: .rotary())
  },
  "dropout of attention above 1": Misuse("MultiHeadAttention: dropout must be from 0 to 1, not 1.5") {
    _ = MultiHeadAttention(4, heads: 2, dropout: 1.5)
  },
  "rotary positions of an odd size": Misuse(
    "RotaryPositions: size, 3, is the number of elements that are turned in pairs"
  ) {
    _ = RotaryPositions(size: 3)
  },
  "rotary positions of base 0": Misuse("RotaryPositions: base must be finite and positive, not 0.0") {
    _ = RotaryPositions(base: 0)
  },
  "a memory of another batch": Misuse("CrossAttention(4, heads: 2) expects [B, Tq, 4] and [B, Tk, 4]") {
    _ = CrossAttention(4, heads: 2)(Pair(Tensor(zeros: [2, 3, 4]), Tensor(zeros: [1, 3, 4])))
  },
  "a mask of another length": Misuse(
    "attention: a mask has shape [3, 4], and the scores have [2, 1, 3, 3]; give it 3 as its last axis"
  ) {
    let x = Tensor(zeros: [2, 1, 3, 4])
    _ = scaledDotProductAttention(x, x, x, mask: AttentionMask(bias: Tensor(zeros: [3, 4])))
  },
  "lengths of another batch": Misuse(
    "attention: lengths [3, 2] do not fit a batch of 1 with 3 keys; give one for each sequence, in 0...3"
  ) {
    _ = MultiHeadAttention(4, heads: 1, mask: AttentionMask(lengths: [3, 2]))(Tensor(zeros: [1, 3, 4]))
  },
  "lengths of a mask and of sequences": Misuse("attention: its mask has lengths, and the sequences have theirs") {
    let model = PackedSequential { MultiHeadAttention(4, heads: 1, mask: AttentionMask(lengths: [1, 2])) }
    _ = model(PaddedSequences(Tensor(zeros: [2, 3, 4]), lengths: [1, 2]))
  },
  "heads of queries that keys do not divide": Misuse(
    "attention: queries, keys and values are float32 [1, 3, 2, 4], float32 [1, 2, 2, 4], float32 [1, 2, 2, 4]"
  ) {
    let keys = Tensor(zeros: [1, 2, 2, 4])
    _ = scaledDotProductAttention(Tensor(zeros: [1, 3, 2, 4]), keys, keys)
  },
  "learnt positions of nothing": Misuse("LearnedPositions(0, 4): both sizes must be positive") {
    _ = LearnedPositions(0, 4)
  },
  "sinusoidal positions of an odd size": Misuse("SinusoidalPositions(5): the features must be even and positive") {
    _ = SinusoidalPositions(5)
  },
  "more steps than learnt positions": Misuse("LearnedPositions(2, 4): has no position 2, which a sequence has reached")
  {
    let layer = LearnedPositions(2, 4)
    var state = CarriedState()
    for _ in 0..<3 { _ = layer.continued(Tensor(zeros: [1, 1, 4]), &state) }
  },
  "steps carried without a causal mask": Misuse(
    "attention with carried state: later steps would change what earlier ones saw; give it the mask .causal alone"
  ) {
    var state = CarriedState()
    _ = MultiHeadAttention(4, heads: 1).continued(Tensor(zeros: [1, 1, 4]), &state)
  },
  "another batch with a state": Misuse("KeyValueCache: it holds 2 sequences, and 1 are to go on") {
    let layer = MultiHeadAttention(4, heads: 1, mask: .causal)
    var state = CarriedState()
    for batch in [2, 1] { _ = layer.continued(Tensor(zeros: [batch, 1, 4]), &state) }
  },
  "a reversed recurrence with a state": Misuse("with carried state: it reads the last step first; let it read forwards")
  {
    var state = CarriedState()
    _ = Recurrent(GRUCell(2, 3), isReversed: true).continued(Tensor(zeros: [1, 1, 2]), &state)
  },
  "a recurrence both ways with a state": Misuse("with carried state: it reads the last step first") {
    var state = CarriedState()
    _ = Bidirectional(GRUCell(2, 3), GRUCell(2, 3)).continued(Tensor(zeros: [1, 1, 2]), &state)
  },
  "a gradient of other rows of SwiGLU": Misuse("SwiGLU().backward: dy has shape [2, 3], and the output had rows of 2") {
    let layer = SwiGLU()
    var gradients = Gradients()
    _ = layer.backward(Tensor(zeros: [2, 3]), layer.forward(Tensor(zeros: [2, 4])).1, &gradients)
  },
  "generation from nothing": Misuse("generate: a prompt is int32 tokens [B, T], one step at least, not int32 [1, 0]") {
    Embedding(3, 3).generate(after: [], count: 1)
  },
  "a window of one step": Misuse("generate: a window of 1 steps is too small; give two at least") {
    Embedding(3, 3).generate(after: [1], count: 1, window: 1)
  },
  "generation by a model of something else": Misuse("generate: the model makes [1, 1, 1, 3] of tokens [B, T]") {
    Sequential {
      Embedding(3, 3); Reshape([1, 1, 3])
    }.generate(after: [1], count: 1)
  },
]
