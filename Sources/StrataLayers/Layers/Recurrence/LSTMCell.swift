import StrataTensor

/// One step of a long short-term memory:
/// i, f, o = σ(z_i), σ(z_f), σ(z_o), g = tanh(z_g), c = f∘c' + i∘g, h = o∘tanh(c),
/// where z = xW + b + h'U + b' holds the four gates, h' and c' are the state before, and ∘ is elementwise.
///
/// - Shapes: x is [B, in], h and c are [B, H]; W is [in, 4H], U is [H, 4H], b and b' are [4H], gates in the order
///   i, f, g, o.
///
/// # Backward
/// With y = tanh(c), h = o∘y gives dz_o = dh∘y∘o(1 − o) and dc += dh∘o∘(1 − y²). Then c = f∘c' + i∘g gives
/// dz_i = dc∘g∘i(1 − i), dz_f = dc∘c'∘f(1 − f), dz_g = dc∘i∘(1 − g²) and dc' = dc∘f: where f is near 1 the
/// gradient passes as it is, which is what lets the cell learn over long times. As z is affine, dW = xᵀdz, dU
/// = h'ᵀdz, db = db' = Σ dz over the batch, dx = dz·Wᵀ and dh' = dz·Uᵀ. The cache is x, the four gates, and
/// the histories of h and c; y is computed again.
///
/// Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; Gers, Schmidhuber and Cummins, "Learning to
/// Forget", 2000. Conventions are PyTorch's, whose two biases are kept so that weights and training agree
/// with it.
///
/// PyTorch's weights are the transposed ones: see the article "Differences from PyTorch".
public struct LSTMCell: GatedCell, CustomStringConvertible {
  /// What the input is multiplied by, [inputs, 4 · hidden].
  public let inputWeight: Parameter
  /// What the hidden state is multiplied by, [hidden, 4 · hidden].
  public let hiddenWeight: Parameter
  /// The bias of the input's product, where there is one, [4 · hidden].
  public let inputBias: Parameter?
  /// The bias of the hidden state's product, where there is one, [4 · hidden].
  public let hiddenBias: Parameter?

  /// A cell with all parameters uniform in ±1/√H.
  ///
  /// - Parameters:
  ///   - inputs: The features of x.
  ///   - hidden: The units, H.
  ///   - forgetBias: Is added to the forget gate's part of b'. With 1 or more a fresh cell remembers for long
  ///     (Jozefowicz, Zaremba and Sutskever, 2015); PyTorch adds nothing.
  ///   - bias: Whether there are biases.
  public init(_ inputs: Int, _ hidden: Int, forgetBias: Double = 0, bias: Bool = true) {
    (inputWeight, hiddenWeight, inputBias, hiddenBias) = gateParameters(
      inputs, hidden, gates: 4, bias: bias, "LSTMCell")
    requireOption("LSTMCell: forgetBias", forgetBias, .finite)
    require(bias || forgetBias == 0, "LSTMCell: a forgetBias of \(forgetBias) needs biases; leave out bias: false")
    if let hiddenBias, forgetBias != 0 {
      hiddenBias.box.update { bias in
        bias.withUnsafeMutableElements(as: Float.self) { bias in
          for unit in hidden..<2 * hidden { bias[unit] += Float(forgetBias) }
        }
      }
    }
  }

  public func initialState(batch: Int, dtype: DType) -> LSTMState {
    let zeros = Tensor(zeros: [batch, hiddenSize], dtype: dtype)
    return LSTMState(h: zeros, c: zeros)
  }

  package var kernel: StepKernel { .lstm }

  public var description: String { "LSTMCell(\(inputSize), \(hiddenSize)\(inputBias == nil ? ", bias: false" : ""))" }
}

/// The state of an ``LSTMCell``.
public struct LSTMState: TensorGroup {
  /// The output, [B, H].
  public var h: Tensor
  /// The memory, [B, H].
  public var c: Tensor

  public init(h: Tensor, c: Tensor) {
    self.h = h
    self.c = c
  }

  public var tensors: [Tensor] {
    get { [h, c] }
    set { (h, c) = (newValue[0], newValue[1]) }
  }
}
