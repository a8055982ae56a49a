/// What becomes of an alpha channel where an image is converted to channels without one.
public enum AlphaRule: Sendable, Equatable {
  /// It is left out, and colours stay as they are stored: PIL's `convert`.
  case dropped
  /// The image is laid on a background of this gray, from 0 for black to 1 for white.
  case composited(onto: Double)
}
