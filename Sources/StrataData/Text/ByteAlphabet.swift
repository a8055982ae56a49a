/// The printable characters that stand for the 256 bytes in the vocabulary of a byte-level tokenizer.
///
/// The bytes that Latin-1 prints, but for the soft hyphen, stand for themselves, and the others, in order, for U+0100 and
/// its successors. From Radford et al., "Language Models are Unsupervised Multitask Learners" (GPT-2), 2019.
enum ByteAlphabet {
  /// The character of each byte.
  static let scalars: [Unicode.Scalar] = {
    var next = UInt32(0x100)
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next)!
      }
    }
  }()

  /// The bytes in the order of their characters.
  static let sorted = (UInt8.min...UInt8.max).sorted { scalars[Int($0)] < scalars[Int($1)] }

  /// The characters in UTF-8, by byte.
  static let texts = scalars.map { Array(String($0).utf8) }

  private static let bytes = Dictionary(uniqueKeysWithValues: zip(scalars, UInt8.min...UInt8.max))

  /// Returns the bytes that a token stands for: its own, in UTF-8, if it has a character that stands for none.
  static func content(of token: String) -> [UInt8] {
    let content = token.unicodeScalars.compactMap { bytes[$0] }
    return content.count == token.unicodeScalars.count ? content : Array(token.utf8)
  }
}
