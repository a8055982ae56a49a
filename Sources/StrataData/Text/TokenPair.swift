/// Two tokens side by side, ordered by the left one and then by the right one.
struct TokenPair: Hashable, Comparable, Sendable {
  let left: Int32
  let right: Int32

  static func < (a: TokenPair, b: TokenPair) -> Bool { (a.left, a.right) < (b.left, b.right) }
}
