/// A report of the comparisons of a gradient check and their errors.
public struct GradientReport: Sendable, CustomStringConvertible {
  /// The comparison of one tensor.
  public struct Entry: Sendable {
    /// The parameter's path, or "input".
    public let name: String
    /// The number of entries or directions compared.
    public let comparisons: Int
    /// The largest difference, relative to the largest entry of the tensor.
    public let error: Double
  }

  public internal(set) var entries: [Entry] = []

  /// The largest error.
  public var error: Double { entries.map(\.error).max() ?? 0 }

  public var description: String {
    entries.map { "\($0.name): \($0.comparisons) compared, largest error \($0.error)" }
      .joined(separator: "\n")
  }
}
