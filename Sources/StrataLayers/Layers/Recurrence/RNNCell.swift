import StrataTensor

/// One step of a simple recurrent network: h = φ(xW + b + h'U + b'), φ being tanh or ReLU and h' the state
/// before.
///
/// - Shapes: x is [B, in], h is [B, H]; W is [in, H], U is [H, H], b and b' are [H].
///
/// # Backward
/// With z the argument of φ, dz = dh∘(1 − h²) for tanh, and dh where h > 0, else 0, for ReLU. As z is affine,
/// dW = xᵀdz, dU = h'ᵀdz, db = db' = Σ dz over the batch, dx = dz·Wᵀ and dh' = dz·Uᵀ: through time the
/// gradient is multiplied by Uᵀ and by slopes of at most 1 again and again, and so vanishes or explodes. The
/// cache is x, the history of h, and the room of z, which becomes dz.
///
/// Elman, "Finding Structure in Time", 1990. Conventions are PyTorch's.
///
/// PyTorch's weights are the transposed ones: see the article "Differences from PyTorch".
public struct RNNCell: GatedCell, CustomStringConvertible {
  public typealias State = Tensor

  /// The function φ.
  public enum Activation: String, Sendable {
    case tanh, relu
  }

  /// The function of the sum.
  public let activation: Activation
  /// What the input is multiplied by, [inputs, hidden].
  public let inputWeight: Parameter
  /// What the hidden state is multiplied by, [hidden, hidden].
  public let hiddenWeight: Parameter
  /// The bias of the input's product, where there is one, [hidden].
  public let inputBias: Parameter?
  /// The bias of the hidden state's product, where there is one, [hidden].
  public let hiddenBias: Parameter?

  /// A cell with all parameters uniform in ±1/√H, and with or without biases.
  public init(_ inputs: Int, _ hidden: Int, activation: Activation = .tanh, bias: Bool = true) {
    self.activation = activation
    (inputWeight, hiddenWeight, inputBias, hiddenBias) = gateParameters(inputs, hidden, gates: 1, bias: bias, "RNNCell")
  }

  package var kernel: StepKernel { activation == .tanh ? .rnnTanh : .rnnReLU }

  public var description: String {
    "RNNCell(\(inputSize), \(hiddenSize)\(activation == .tanh ? "" : ", activation: .relu")"
      + (inputBias == nil ? ", bias: false)" : ")")
  }
}
