import StrataTensor

/// The part of a transformer layer that works on each step by itself: its kinds of hidden layer.
public enum FeedForwardKind: Sendable, Hashable {
  /// max(0, xW₁ + b₁) W₂ + b₂, as in the first transformer.
  case relu
  /// gelu(xW₁ + b₁) W₂ + b₂, as in BERT and GPT-2.
  case gelu
  /// (silu(a) ⊙ b) W₂ with (a, b) = xW₁, as in Llama; W₁ has twice the columns.
  case swiGLU

  /// The layers from rows of features by hidden ones back to features.
  func layers(_ features: Int, hidden: Int, bias: Bool, dropout: Double, initializer: Initializer) -> Sequential {
    Sequential {
      Linear(features, self == .swiGLU ? 2 * hidden : hidden, bias: bias, initializer: initializer)
      switch self {
      case .relu: ReLU()
      case .gelu: GELU()
      case .swiGLU: SwiGLU()
      }
      if dropout > 0 { Dropout(dropout) }
      Linear(hidden, features, bias: bias, initializer: initializer)
      if dropout > 0 { Dropout(dropout) }
    }
  }
}
