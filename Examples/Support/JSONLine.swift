import Foundation

/// A JSON object in one line, its members in the order given.
public struct JSONLine: CustomStringConvertible {
  private var members: [String] = []

  /// An object of these members. Numbers that JSON cannot write, NaN and infinities, become null.
  public init(_ members: KeyValuePairs<String, any Encodable>) {
    for (name, value) in members { self.members.append("\(Self.text(name)):\(Self.text(value))") }
  }

  public var description: String { "{" + members.joined(separator: ",") + "}" }

  private static func text(_ value: any Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }
}
