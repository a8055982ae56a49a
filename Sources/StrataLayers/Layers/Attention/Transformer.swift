import StrataTensor

/// An encoder–decoder: the encoder makes a memory of the source, from which the decoder makes the output for each step of
/// the target.
///
/// ```swift
/// let model = Transformer(
///   encoder: Sequential {
///     Embedding(12, 64)
///     LearnedPositions(16, 64)
///     for _ in 0..<2 { TransformerEncoderLayer(64, heads: 4) }
///     LayerNorm(64)
///   },
///   input: Sequential { Embedding(12, 64); LearnedPositions(16, 64) },
///   decoder: TransformerDecoder((0..<2).map { _ in TransformerDecoderLayer(64, heads: 4) }),
///   output: Sequential { LayerNorm(64); Linear(64, 12) })
/// let logits = model(Pair(source, target))              // [B, T, 12] of int32 [B, Ts] and [B, T]
/// ```
///
/// With sources of unequal lengths the encoder is a ``PackedSequential``, and the source a ``PaddedSequences``: the encoder
/// and the attention to its memory read no step beyond a sequence's end. The target needs no lengths: its padding comes
/// after all that a causal step sees, and the loss ignores its labels.
///
/// In training the target is shifted by one: step t sees the tokens before t and predicts the t-th (teacher forcing).
/// ``Module/continued(_:_:)`` encodes the source with the first step and goes on with the target alone.
///
/// - Shapes: the input is the pair of the source, as the encoder takes it, and the target, as `input` takes it; the output
///   is what `output` makes of [B, T, features].
///
/// # Backward
/// From last to first: the output, the layers of the decoder, each of which adds its part of dL by the memory, then
/// `input` and the encoder. The cache is that of the parts.
///
/// Vaswani and others, "Attention Is All You Need", 2017.
public struct Transformer<Encoder: Module>: Module, CustomStringConvertible where Encoder.Output == Tensor {
  /// From the source to the memory.
  public let encoder: Encoder

  /// From the target to what the decoder takes.
  public let input: Sequential

  /// From the input and the memory to what the output takes.
  public let decoder: TransformerDecoder

  /// From what the decoder makes to the output.
  public let output: Sequential

  /// The caches of the parts.
  public struct Cache: Sendable {
    let encoder: any CacheBox
    let input: any CacheBox
    let decoder: any CacheBox
    let output: any CacheBox
  }

  /// A model of these parts.
  ///
  /// - Parameters:
  ///   - encoder: From the source to the memory.
  ///   - input: From the target to what the decoder takes.
  ///   - decoder: From the input and the memory to what the output takes.
  ///   - output: From what the decoder makes to the output.
  public init(encoder: Encoder, input: Sequential, decoder: TransformerDecoder, output: Sequential) {
    (self.encoder, self.input, self.decoder, self.output) = (encoder, input, decoder, output)
  }

  public func forward(_ x: consuming Pair<Encoder.Input, Tensor>) -> (Tensor, Cache) {
    let (memory, encoderBox) = forward(encoder, at: "encoder", x.first)
    let (h, inputBox) = forward(input, at: "input", x.second)
    let (d, decoderBox) = MemoryLengths.running(of: x.first) { forward(decoder, at: "decoder", Pair(h, memory)) }
    let (y, outputBox) = forward(output, at: "output", d)
    return (y, Cache(encoder: encoderBox, input: inputBox, decoder: decoderBox, output: outputBox))
  }

  public func backward(
    _ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients
  ) -> Pair<Encoder.Input, Tensor> {
    let d = decoderGradient(dy, cache, &gradients)
    let dInput = backward(input, at: "input", d.first, cache.input, &gradients)
    return Pair(backward(encoder, at: "encoder", d.second, cache.encoder, &gradients), dInput)
  }

  public func accumulate(_ dy: consuming Tensor, _ cache: consuming Cache, _ gradients: inout Gradients) {
    let d = decoderGradient(dy, cache, &gradients)
    accumulate(input, at: "input", d.first, cache.input, &gradients)
    accumulate(encoder, at: "encoder", d.second, cache.encoder, &gradients)
  }

  public func callAsFunction(_ x: consuming Pair<Encoder.Input, Tensor>) -> Tensor {
    let source = x.first
    func encoded() -> Tensor { CarriedState.suspended { infer(encoder, at: "encoder", source) } }
    // With carried state the source is encoded once.
    let carried = CarriedState.updating(Tensor?.none) { held in
      let memory = held ?? encoded()
      held = memory
      return memory
    }
    let memory = carried ?? encoded()
    let h = infer(input, at: "input", x.second)
    let d = MemoryLengths.running(of: source) { infer(decoder, at: "decoder", Pair(h, memory)) }
    return infer(output, at: "output", d)
  }

  public func outputShapes(for input: [Shape]) throws -> [Shape]? {
    guard input.count >= 2 else {
      throw ShapeError(description, expected: "a source and a target", input: input, remedy: "give it a pair of them")
    }
    let memory = try ShapeError.locating("encoder") { try encoder.outputShapes(for: Array(input.dropLast())) }
    guard let memory = memory?.first else { return nil }
    var y = try ShapeError.locating("input") { try self.input.outputShape(for: input.last!) }
    y = try ShapeError.locating("decoder") { try decoder.outputShapes(for: [y, memory])![0] }
    return [try ShapeError.locating("output") { try output.outputShape(for: y) }]
  }

  public var description: String { "Transformer(\(encoder), \(decoder))" }

  /// dL by what the decoder takes, and by the memory.
  private func decoderGradient(
    _ dy: consuming Tensor, _ cache: borrowing Cache, _ gradients: inout Gradients
  ) -> Pair<Tensor, Tensor> {
    let dy = backward(output, at: "output", dy, cache.output, &gradients)
    return backward(decoder, at: "decoder", dy, cache.decoder, &gradients)
  }
}
