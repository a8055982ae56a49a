/// One option of a command line: its name, what it says in the help, and what it does to the settings.
public struct Option<Settings>: Sendable {
  /// Its name, with the dashes.
  public let name: String

  /// What the help calls its value; nil where it has none.
  public let placeholder: String?

  /// What it does, in a few words.
  public let help: String

  let apply: @Sendable (_ settings: inout Settings, _ value: String) throws(UsageError) -> Void

  /// An option with a value, which `apply` reads into the settings.
  public init(
    _ name: String, _ placeholder: String, _ help: String,
    apply: @escaping @Sendable (_ settings: inout Settings, _ value: String) throws(UsageError) -> Void
  ) {
    self.name = name
    self.placeholder = placeholder
    self.help = help
    self.apply = apply
  }

  /// An option that is given or not.
  public init(_ name: String, _ help: String, set: @escaping @Sendable (inout Settings) -> Void) {
    self.name = name
    self.placeholder = nil
    self.help = help
    apply = { settings, _ in set(&settings) }
  }
}
