/// The order in which a source of files gives the rows of an epoch, which is a function of the seed and the epoch. For an
/// evaluation rows come as they are stored.
public enum Shuffling: Sendable, Equatable {
  /// Every order is as likely as any other: that of ``Examples`` in memory. It takes 8 bytes of memory a row.
  case full

  /// Blocks of this many rows in a random order, and their rows in a random order: what is read after each other lies near
  /// each other in the file. It takes memory for one block and for a number for each.
  ///
  /// Rows of different blocks are not mixed, so rows that are sorted by class in the file stay together by blocks.
  case blocks(of: Int)

  /// As they are stored.
  case none
}
