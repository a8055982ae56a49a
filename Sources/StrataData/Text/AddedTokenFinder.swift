/// Finds added tokens in a text: the first that begins, and of those that begin there the longest.
struct AddedTokenFinder: Sendable {
  /// The tokens that begin with each byte, the longest first.
  private var tokens = [[(content: [UInt8], token: Int32)]](repeating: [], count: 256)
  private let isEmpty: Bool

  init(_ added: [BytePairTokenizer.AddedToken]) {
    isEmpty = added.isEmpty
    for added in added.sorted(by: { $0.content.utf8.count > $1.content.utf8.count }) {
      tokens[Int(added.content.utf8.first!)].append((Array(added.content.utf8), added.token))
    }
  }

  /// Calls `found` with the tokens in a text and `body` with what is between them, in order.
  func split(
    _ text: UnsafeBufferPointer<UInt8>, _ found: (Int32) -> Void, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    if isEmpty { return text.isEmpty ? () : body(text) }
    var (start, position) = (0, 0)
    func closePiece() {
      if start < position { body(UnsafeBufferPointer(rebasing: text[start..<position])) }
    }
    while position < text.count {
      let candidates = tokens[Int(text[position])]
      if !candidates.isEmpty,
        let (content, token) = candidates.first(where: { text[position...].starts(with: $0.content) })
      {
        closePiece()
        found(token)
        position += content.count
        start = position
      } else {
        position += 1
      }
    }
    closePiece()
  }
}
