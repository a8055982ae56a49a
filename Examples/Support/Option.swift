/// One option of a command line: its name, what it says in the help, and what it does to the settings.
public struct Option<Settings>: Sendable {
  /// Its name, with the dashes.
  public let name: String

  /// What the help calls its value; nil where it has none.
  public let placeholder: String?

  /// What it does, in a few words.
  public let help: String

  let apply: @Sendable (_ settings: inout Settings, _ value: String) throws -> Void

  /// An option whose value `read` makes of a text, and `property` holds.
  public init<Value>(
    _ name: String, _ placeholder: String, _ help: String,
    _ property: any WritableKeyPath<Settings, Value> & Sendable,
    read: @escaping @Sendable (String) throws -> Value
  ) {
    self.name = name
    self.placeholder = placeholder
    self.help = help
    apply = { settings, text in settings[keyPath: property] = try read(text) }
  }

  /// An option that is given or not.
  public init(_ name: String, _ help: String, _ property: any WritableKeyPath<Settings, Bool> & Sendable) {
    self.name = name
    self.placeholder = nil
    self.help = help
    apply = { settings, _ in settings[keyPath: property] = true }
  }
}
