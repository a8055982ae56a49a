import Foundation

/// A reader of text files in UTF-8.
public enum TextFile {
  /// Returns the text of a file, plain or gzipped, which is detected from the content, not the name.
  ///
  /// ```swift
  /// let text = try TextFile.read("data/text/new-testament.txt.gz")
  /// ```
  ///
  /// - Throws: ``DataError`` if the file is damaged, is no UTF-8, or has more bytes than a quarter of this machine's memory.
  public static func read(_ path: String) throws(DataError) -> String {
    let bytes = try bytes(of: path)
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var position = 0
    while let length = bytes.scalarLength(at: position) { position += length }
    throw DataError(path, .malformed(found: "byte \(bytes[position])", expected: "UTF-8"), at: position)
  }

  /// Returns the bytes of a file, plain or gzipped, under the same limit.
  package static func bytes(of path: String) throws(DataError) -> [UInt8] {
    let limit = Int(clamping: ProcessInfo.processInfo.physicalMemory / 4)
    return try ContentReader(InputFile(path)).readToEnd(limit: limit)
  }
}
