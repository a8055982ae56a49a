/// What becomes of an image whose sides have another ratio than those it is to have.
public enum Fit: Sendable {
  /// It is stretched to the new sides.
  case stretched
  /// It is scaled until it covers the new sides, and what stands over on both sides is cut off: torchvision's `Resize` and
  /// `CenterCrop`.
  case cropped
}
