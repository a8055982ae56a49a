/// Why a ``Standardization`` cannot be fitted to some examples.
public enum StandardizationError: Error, Sendable, Equatable {
  /// There are no numbers.
  case noExamples

  /// Numbers of a channel are NaN or infinite, or too large for their variance.
  case notFinite(channel: Int)
}

extension StandardizationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noExamples: "there are no examples to fit a standardization to"
    case .notFinite(let channel):
      "channel \(channel) has NaN, an infinity or numbers too large for a variance; mend the data or leave such rows out"
    }
  }
}
