import StrataTensor

/// A callback is to judge by a figure that epochs do not have.
public struct MonitorError: Error, Equatable, CustomStringConvertible {
  /// The figure that was asked for.
  public let name: String

  /// Those that there are.
  public let figures: [String]

  /// `no figure of an epoch is called "recal"; did you mean "recall"? There are: loss, accuracy, recall`
  public var description: String {
    "no figure of an epoch is called \"\(name)\"; "
      + (nearest(to: name, among: figures).map { "did you mean \"\($0)\"? There are: " } ?? "there are: ")
      + figures.joined(separator: ", ")
  }
}
