import StrataTensor

/// An error in a file, with its place.
///
/// ```
/// data/train-images-idx3-ubyte: cut short: 47040016 bytes are promised, 1000 are there (at byte 1000)
/// ```
public struct DataError: Error, Equatable, Sendable {
  /// The faults that a file can have.
  public enum Reason: Equatable, Sendable {
    /// The file does not exist.
    case missing
    /// The system denies reading, or the path is a directory, a pipe or a device.
    case unreadable(String)
    /// The system denies writing. An existing file is unchanged.
    case unwritable(String)
    /// The file ends too early.
    case cutShort(expected: Int, found: Int)
    /// The file continues after the bytes that its header declares.
    case excessBytes(expected: Int)
    /// The header declares more than can be counted, held in memory, or contained in the file.
    case tooLarge(String)
    /// The compressed bytes are damaged.
    case damagedGzip(String)
    /// A member of a zip archive is damaged.
    case damagedZip(String)
    /// The compressed pixels of an image are damaged.
    case damagedImage(String)
    /// An image of a kind that Strata does not read.
    case unsupportedImage(String)
    /// The content violates the format, or does not suit this use of it.
    case malformed(found: String, expected: String)
    /// A safetensors header, or another object of JSON, contains a key twice.
    case duplicateKey(String)
    /// A tensor has an element type that Strata does not support.
    case unsupportedType(tensor: String, type: String)
    /// A number of an array, the only one of its file or named, does not fit the type of the tensor.
    case unrepresentable(element: [Int], of: String?, value: String, in: String)
    /// The file has no tensor or array of this name.
    case noSuchName(String)
    /// A field has a value that Strata does not support; `supported` is nil where the field is unknown.
    case unsupportedField(String, supported: String?)
    /// The offsets of a tensor span a number of bytes that does not match its type and shape.
    case wrongExtent(tensor: String, expected: Int, found: Int)
    /// A tensor begins before the end of the previous one.
    case overlap(tensor: String, begin: Int, previousEnd: Int)
    /// A tensor leaves unused bytes between the previous one and itself.
    case hole(tensor: String, begin: Int, previousEnd: Int)
    /// A tensor or the metadata is not what it was when the file was written.
    case wrongChecksum(of: String)
  }

  /// The path of the file.
  public let path: String

  /// The fault.
  public let reason: Reason

  /// The byte of the fault: in the file for damage to gzip itself, otherwise in the decompressed content.
  public let offset: Int?

  /// Advice on what to do; nil if there is none.
  public let advice: String?

  package init(_ path: String, _ reason: Reason, at offset: Int? = nil, advice: String? = nil) {
    self.path = path
    self.reason = reason
    self.offset = offset
    self.advice = advice
  }

  /// The error of a name that is none of these, with the nearest of them.
  static func noSuchName(_ path: String, _ name: String, among names: [String]) -> DataError {
    let near = nearest(to: name, among: names)
    return DataError(path, .noSuchName(name), advice: near.map { "did you mean \"\($0)\"?" })
  }
}

extension DataError: CustomStringConvertible {
  /// One line with the file, the fault, its place, and the advice.
  public var description: String {
    "\(path): \(reason)" + (offset.map { " (at byte \($0))" } ?? "") + (advice.map { "; \($0)" } ?? "")
  }
}

extension DataError.Reason: CustomStringConvertible {
  /// The fault in words.
  public var description: String {
    switch self {
    case .missing: "no such file"
    case .unreadable(let cause): "cannot be read: \(cause)"
    case .unwritable(let cause): "cannot be written: \(cause)"
    case .cutShort(_, found: 0): "the file is empty"
    case .cutShort(let expected, let found): "cut short: \(expected) bytes are promised, \(found) are there"
    case .excessBytes(let expected): "more follows after the \(expected) bytes that the header declares"
    case .tooLarge(let what): "too large: \(what)"
    case .damagedGzip(let cause): "damaged gzip: \(cause)"
    case .damagedZip(let cause): "damaged zip: \(cause)"
    case .damagedImage(let cause): "damaged image: \(cause)"
    case .unsupportedImage(let kind): "\(kind) are not supported"
    case .malformed(let found, let expected): "\(found) instead of \(expected)"
    case .duplicateKey(let key): "the key \"\(key)\" occurs twice"
    case .unsupportedType(let tensor, let type):
      "tensor \"\(tensor)\" has the unsupported type \(type); convert it to one of 8 to 64 bits, such as F32"
    case .unrepresentable(let element, let name, let value, let type):
      "element \(element)" + (name.map { " of \"\($0)\"" } ?? "") + " is \(value), which \(type) cannot hold"
    case .noSuchName(let name): "there is nothing of the name \"\(name)\""
    case .unsupportedField(let field, let supported):
      "the field \"\(field)\" is not supported" + (supported.map { " unless it is \($0)" } ?? "")
    case .wrongExtent(let tensor, let expected, let found):
      "tensor \"\(tensor)\" spans \(found) bytes, but its type and shape need \(expected)"
    case .overlap(let tensor, let begin, let previousEnd):
      "tensor \"\(tensor)\" begins at \(begin), before the end of another at \(previousEnd)"
    case .hole(let tensor, let begin, let previousEnd):
      "tensor \"\(tensor)\" begins at \(begin) and leaves a hole from \(previousEnd)"
    case .wrongChecksum(let what): "damaged: \(what) does not match its checksum"
    }
  }
}
