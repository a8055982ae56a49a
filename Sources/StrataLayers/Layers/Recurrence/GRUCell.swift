import StrataTensor

/// One step of a gated recurrent unit:
/// r = σ(p_r + q_r), u = σ(p_u + q_u), n = tanh(p_n + r∘q_n), h = (1 − u)∘n + u∘h',
/// where p = xW + b and q = h'U + b' hold three gates each, h' is the state before, and ∘ is elementwise.
///
/// - Shapes: x is [B, in], h is [B, H]; W is [in, 3H], U is [H, 3H], b and b' are [3H], gates in the order r, u, n
///   (PyTorch's r, z, n).
///
/// # Backward
/// h gives du = dh∘(h' − n) and dn = dh∘(1 − u), hence dp_u = dq_u = du∘u(1 − u) and dp_n = dn∘(1 − n²). As r
/// acts on q_n, dq_n = dp_n∘r and dp_r = dq_r = dp_n∘q_n∘r(1 − r). p and q are affine: dW = xᵀdp, dU = h'ᵀdq,
/// db = Σ dp, db' = Σ dq over the batch, dx = dp·Wᵀ and dh' = dh∘u + dq·Uᵀ. The cache is x, the three gates,
/// q, and the history of h.
///
/// Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014. Conventions are PyTorch's,
/// whose reset gate acts after the product with U, bias included.
///
/// PyTorch's weights are the transposed ones: see the article "Differences from PyTorch".
public struct GRUCell: GatedCell, CustomStringConvertible {
  public typealias State = Tensor
  /// What the input is multiplied by, [inputs, 3 · hidden].
  public let inputWeight: Parameter
  /// What the hidden state is multiplied by, [hidden, 3 · hidden].
  public let hiddenWeight: Parameter
  /// The bias of the input's product, where there is one, [3 · hidden].
  public let inputBias: Parameter?
  /// The bias of the hidden state's product, where there is one, [3 · hidden].
  public let hiddenBias: Parameter?

  /// A cell with all parameters uniform in ±1/√H, and with or without biases.
  public init(_ inputs: Int, _ hidden: Int, bias: Bool = true) {
    (inputWeight, hiddenWeight, inputBias, hiddenBias) = gateParameters(inputs, hidden, gates: 3, bias: bias, "GRUCell")
  }

  package var kernel: StepKernel { .gru }

  public var description: String { "GRUCell(\(inputSize), \(hiddenSize)\(inputBias == nil ? ", bias: false" : ""))" }
}
