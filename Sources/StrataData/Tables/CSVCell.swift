/// The bytes of a cell without its quotes, and where it ends: at a delimiter, a line end, or the end of the file.
struct CSVCell {
  let start: UnsafePointer<UInt8>
  let bytes: UnsafeBufferPointer<UInt8>
  let end: UnsafePointer<UInt8>
  /// How many line ends the text has.
  var lineCount = 0

  /// The number that the cell is, with spaces and tabs around it or without; nil if it is none.
  func number(point: UInt8) -> ScannedNumber? {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return nil }
    let text = UnsafeBufferPointer(rebasing: bytes[first...last])
    if let number = ScannedNumber(at: text.baseAddress!, point: point) {
      return number.end == text.baseAddress! + text.count ? number : nil
    }
    if text.count > 9 { return nil }
    return ScannedNumber(infinity: String(decoding: text, as: UTF8.self).lowercased(), endingAt: end)
  }
}
