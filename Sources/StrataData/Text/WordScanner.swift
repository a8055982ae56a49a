/// A scanner of the words that a byte-level tokenizer encodes one by one.
///
/// They are the matches of the regular expression of GPT-2,
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, which together are the whole text: a
/// contraction; a run of letters, of numbers or of other characters, each with a space before it, if there is one; and
/// white space, of which the last character is left to what follows.
///
/// Radford et al., "Language Models are Unsupervised Multitask Learners", 2019. `L`, `N` and `s` are the general categories
/// and the property White_Space of Unicode 16, as in the Python package `tokenizers`: later characters are others, so that
/// a text has the same tokens with each version of Swift that knows Unicode 16.
package struct WordScanner {
  private enum Kind: UInt8 {
    case letter, number, other, space
  }

  private let text: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// A scanner of a text in UTF-8, which must be valid.
  package init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  /// Returns the next word, or nil at the end.
  package mutating func next() -> UnsafeBufferPointer<UInt8>? {
    guard position < text.count else { return nil }
    let start = position
    position = end(of: start)
    return UnsafeBufferPointer(rebasing: text[start..<position])
  }

  private func end(of start: Int) -> Int {
    if text[start] == UInt8(ascii: "'"), let length = contraction(at: start + 1) { return start + 1 + length }
    var (kind, next) = scalar(at: start)
    if text[start] == UInt8(ascii: " "), next < text.count {
      let (following, end) = scalar(at: next)
      if following != .space { (kind, next) = (following, end) }
    }
    var last = start
    while next < text.count {
      let (following, end) = scalar(at: next)
      guard following == kind else {
        // White space leaves its last character, unless it is the only one.
        return kind == .space && last > start ? last : next
      }
      (last, next) = (next, end)
    }
    return next
  }

  /// The number of bytes of what may follow an apostrophe.
  private func contraction(at start: Int) -> Int? {
    guard start < text.count else { return nil }
    switch text[start] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 1
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return start + 1 < text.count && text[start + 1] == UInt8(ascii: "e") ? 2 : nil
    case UInt8(ascii: "l"): return start + 1 < text.count && text[start + 1] == UInt8(ascii: "l") ? 2 : nil
    default: return nil
    }
  }

  /// The kind of the scalar at a position, and its end.
  @inline(__always)
  private func scalar(at start: Int) -> (Kind, end: Int) {
    let first = text[start]
    if first < 0x80 { return (Self.ascii[Int(first)], start + 1) }
    let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var value = UInt32(first) & (0xFF >> (UInt32(length) + 1))
    for index in start + 1..<start + length { value = value << 6 | UInt32(text[index] & 0x3F) }
    return (Self.kind(of: Unicode.Scalar(value)!), start + length)
  }

  private static let ascii = (UInt8(0)..<0x80).map { kind(of: Unicode.Scalar($0)) }

  private static func kind(of scalar: Unicode.Scalar) -> Kind {
    guard let age = scalar.properties.age, age.major <= 16 else { return .other }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return scalar.properties.isWhitespace ? .space : .other
    }
  }
}
