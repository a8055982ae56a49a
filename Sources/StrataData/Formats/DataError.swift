/// What is wrong with a file, and where.
///
/// ```
/// data/train-images-idx3-ubyte: cut short: 47040016 bytes are promised, 1000 are there (at byte 1000)
/// ```
public struct DataError: Error, Equatable, Sendable {
  /// Everything that can be wrong with a file.
  public enum Reason: Equatable, Sendable {
    /// There is no such file.
    case missing
    /// The system does not let it be read, or it is no file but a directory, a pipe or a device.
    case unreadable(String)
    /// The system does not let it be written. What was there before is unchanged.
    case unwritable(String)
    /// It ends too soon.
    case cutShort(expected: Int, found: Int)
    /// It goes on after the bytes that its header declares.
    case excessBytes(expected: Int)
    /// Its header declares more than can be counted, held in memory, or true.
    case tooLarge(String)
    /// Its compressed bytes are damaged.
    case damagedGzip(String)
    /// It says something else than its format, or this use of it, needs.
    case malformed(found: String, expected: String)
    /// A safetensors header has a key twice.
    case duplicateKey(String)
    /// A tensor of a type that Strata's tensors do not have.
    case unsupportedType(tensor: String, type: String)
    /// A tensor whose offsets span another number of bytes than its type and shape need.
    case wrongExtent(tensor: String, expected: Int, found: Int)
    /// A tensor that begins before the end of the one before.
    case overlap(tensor: String, begin: Int, previousEnd: Int)
    /// A tensor that leaves bytes unused between the one before and itself.
    case hole(tensor: String, begin: Int, previousEnd: Int)
  }

  /// The file.
  public let path: String

  /// What is wrong with it.
  public let reason: Reason

  /// The byte at which it shows: for damage to gzip itself in the file, else in its decompressed content.
  public let offset: Int?

  /// What to do about it, where that can be said.
  public let advice: String?

  init(_ path: String, _ reason: Reason, at offset: Int? = nil, advice: String? = nil) {
    self.path = path
    self.reason = reason
    self.offset = offset
    self.advice = advice
  }
}

extension DataError: CustomStringConvertible {
  /// One line: the file, what is wrong, where, and what to do.
  public var description: String {
    "\(path): \(reason)" + (offset.map { " (at byte \($0))" } ?? "") + (advice.map { "; \($0)" } ?? "")
  }
}

extension DataError.Reason: CustomStringConvertible {
  /// What is wrong, in words.
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
    case .malformed(let found, let expected): "\(found) instead of \(expected)"
    case .duplicateKey(let key): "the header has the key \"\(key)\" twice"
    case .unsupportedType(let tensor, let type):
      "tensor \"\(tensor)\" has the unsupported type \(type); convert it to F32, F64 or I32"
    case .wrongExtent(let tensor, let expected, let found):
      "tensor \"\(tensor)\" spans \(found) bytes, but its type and shape need \(expected)"
    case .overlap(let tensor, let begin, let previousEnd):
      "tensor \"\(tensor)\" begins at \(begin), before the end of another at \(previousEnd)"
    case .hole(let tensor, let begin, let previousEnd):
      "tensor \"\(tensor)\" begins at \(begin) and leaves a hole from \(previousEnd)"
    }
  }
}
