/// Which normalization a transformer layer has.
public enum TransformerNorm: Sendable, Hashable {
  /// ``LayerNorm``.
  case layer
  /// ``RMSNorm``.
  case rms

  func layer(_ features: Int) -> any Layer {
    switch self {
    case .layer: LayerNorm(features)
    case .rms: RMSNorm(features)
    }
  }
}
