/// What a gradient check compared, and how closely it agreed.
public struct GradientReport: Sendable, CustomStringConvertible {
  /// One tensor's comparison.
  public struct Entry: Sendable {
    /// The parameter's path, or "input".
    public let name: String
    /// How many entries or directions were compared.
    public let comparisons: Int
    /// The largest difference, relative to the largest entry of the tensor.
    public let error: Double
  }

  public internal(set) var entries: [Entry] = []

  /// The largest error of all.
  public var error: Double { entries.map(\.error).max() ?? 0 }

  public var description: String {
    entries.map { "\($0.name): \($0.comparisons) compared, largest error \($0.error)" }
      .joined(separator: "\n")
  }
}
