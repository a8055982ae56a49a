import StrataTensor

/// The steps of margin before and after sequences. Written as one number for both ends, as
/// `Padding1D(left: 2, right: 0)`, as ``same`` or as ``causal``.
public struct Padding1D: Hashable, Sendable {
  public let left, right: Int

  private enum Kind { case steps, same, causal }
  private let kind: Kind

  /// Margins of each end.
  public init(left: Int, right: Int) { self.init(left, right, .steps) }

  /// The same margin at both ends.
  public init(_ end: Int) { self.init(left: end, right: end) }

  /// The margins for which a window of stride 1 makes an output as long as its input; of an odd number the last one is
  /// on the right, as in PyTorch.
  public static let same = Padding1D(0, 0, .same)

  /// The margin before the sequence for which step t of an output depends on the steps up to t of the input, and on no
  /// later one.
  public static let causal = Padding1D(0, 0, .causal)

  private init(_ left: Int, _ right: Int, _ kind: Kind) {
    (self.left, self.right, self.kind) = (left, right, kind)
  }

  /// The margins for a window, as those of images of one row.
  func columns(for kernel: Int, _ dilation: Int) -> Padding2D {
    // Numbers that mean nothing are refused with the window.
    let reach = max(0, (kernel - 1) &* dilation)
    return switch kind {
    case .steps: Padding2D(top: 0, bottom: 0, left: left, right: right)
    case .same: Padding2D(top: 0, bottom: 0, left: reach / 2, right: reach - reach / 2)
    case .causal: Padding2D(top: 0, bottom: 0, left: reach, right: 0)
    }
  }

  var isSame: Bool { kind == .same }
  var isNumbers: Bool { kind == .steps }
}

extension Padding1D: ExpressibleByIntegerLiteral {
  public init(integerLiteral end: Int) { self.init(end) }
}

extension Padding1D: CustomStringConvertible {
  public var description: String {
    switch kind {
    case .same: ".same"
    case .causal: ".causal"
    case .steps: left == right ? "\(left)" : "[left: \(left), right: \(right)]"
    }
  }
}
