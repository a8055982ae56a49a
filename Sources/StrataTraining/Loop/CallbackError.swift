/// What a ``Callback`` threw, with its name.
public struct CallbackError: Error, CustomStringConvertible {
  /// The callback's type.
  public let callback: String

  /// What it threw.
  public let underlying: any Error

  public var description: String { "the callback \(callback) failed: \(underlying)" }
}
