/// A command-line option: its name, its help, and its effect on the settings.
public struct Option<Settings>: Sendable {
  /// The name, with the dashes.
  public let name: String

  /// The placeholder of the value in the help; nil if there is no value.
  public let placeholder: String?

  /// The help in a few words.
  public let help: String

  let apply: @Sendable (_ settings: inout Settings, _ value: String) throws -> Void

  /// Creates an option whose value `read` parses and `property` stores.
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

  /// Creates an option without a value.
  public init(_ name: String, _ help: String, _ property: any WritableKeyPath<Settings, Bool> & Sendable) {
    self.name = name
    self.placeholder = nil
    self.help = help
    apply = { settings, _ in settings[keyPath: property] = true }
  }
}
