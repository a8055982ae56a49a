import Foundation

/// A JSON object in one line, with its members in the given order.
public struct JSONLine: CustomStringConvertible {
  private var members: [String] = []

  /// Creates an object of these members. NaN and infinities, which JSON cannot represent, become null.
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
