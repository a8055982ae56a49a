import Foundation
import StrataTensor

extension Preprocessor {
  private static let key = "strata.preprocessor"

  /// The preprocessor as metadata of a safetensors file, to be saved with the model whose inputs it makes.
  public var metadata: [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let text = try? encoder.encode(self) else { stop("a preprocessor of finite numbers cannot be encoded") }
    return [Self.key: String(decoding: text, as: UTF8.self)]
  }

  /// The preprocessor in the metadata of a safetensors file.
  ///
  /// - Throws: ``TableError`` if none is there, or it is damaged.
  public init(metadata: [String: String]) throws(TableError) {
    guard let text = metadata[Self.key] else { throw TableError("the metadata has no \(Self.key)") }
    do { self = try JSONDecoder().decode(Preprocessor.self, from: Data(text.utf8)) } catch {
      throw TableError("the metadata's \(Self.key) is damaged: \(error)")
    }
  }
}
