/// What stands in the margin around an image or a sequence, as PyTorch's `padding_mode`.
public enum PaddingMode: String, Hashable, Sendable, CaseIterable {
  /// Zeros.
  case zeros
  /// The elements inside in the opposite order, without the first: of [1, 2, 3] with 2 on each side
  /// [3, 2, 1, 2, 3, 2, 1].
  case reflect
  /// The outermost element again: [1, 1, 1, 2, 3, 3, 3].
  case replicate
  /// The elements of the opposite side, as if the image went round: [2, 3, 1, 2, 3, 1, 2].
  case circular

  /// The element that stands at a place, which may lie outside, of an axis of this length; nil for a zero.
  func element(at place: Int, of length: Int) -> Int? {
    if 0..<length ~= place { return place }
    return switch self {
    case .zeros: nil
    case .reflect: place < 0 ? -place : 2 * (length - 1) - place
    case .replicate: place < 0 ? 0 : length - 1
    case .circular: place < 0 ? place + length : place - length
    }
  }

  /// The largest margin of an axis of this length.
  func largestMargin(of length: Int) -> Int {
    switch self {
    case .zeros, .replicate: .max
    case .reflect: length - 1
    case .circular: length
    }
  }
}
