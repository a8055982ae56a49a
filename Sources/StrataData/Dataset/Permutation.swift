import StrataTensor

/// The numbers from 0 to `count - 1` in an order that is a function of (seed, epoch), each order as likely as
/// any other: Fisher and Yates' shuffle.
///
/// The random stream is numbered apart from those that initializers count up from 0. Each block of rows that has an order
/// apart from the others reads it from another place on.
func permutation(of count: Int, epoch: Int, seed: UInt64, block: Int = -1) -> [Int] {
  let shuffling: UInt64 = 0xDA7A << 48
  var generator = RandomGenerator(
    seed: seed, stream: shuffling | UInt64(epoch), position: UInt64(block + 1) << 32)
  var order = Array(0..<count)
  for last in order.indices.dropFirst().reversed() {
    order.swapAt(last, Int(generator.next(below: UInt64(last) + 1)))
  }
  return order
}

extension RandomGenerator {
  /// A number in 0..<bound, all equally likely, by Lemire's method ("Fast Random Integer Generation in an
  /// Interval", 2019). Not the standard library's, which may change.
  mutating func next(below bound: UInt64) -> UInt64 {
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }
}
