import StrataTensor

/// What the machine can do at most, measured: the rate of matrix products and that of memory.
public struct MachinePeaks: Sendable, Equatable, Codable {
  /// Multiplications and additions a second in matrix products, 2 a multiplication.
  public let flops: Double

  /// Bytes that are read and written a second, in tensors too large for the caches.
  public let bytesPerSecond: Double

  /// Peaks that are known.
  public init(flops: Double, bytesPerSecond: Double) {
    requireOption("MachinePeaks: flops", flops, .positive)
    requireOption("MachinePeaks: bytesPerSecond", bytesPerSecond, .positive)
    (self.flops, self.bytesPerSecond) = (flops, bytesPerSecond)
  }

  /// Measures them, in about a second: the best of many products of matrices of 256 to 1024 rows, the smallest of which
  /// other programs hardly ever disturb, and of some sums of two tensors of 64 MiB.
  public static func measured(_ dtype: DType = .float32) -> MachinePeaks {
    let flops = [(side: 256, rounds: 200), (512, 40), (1024, 8)].map { side, rounds in
      let a = withSeed(1) { Tensor(normal: [side, side]) }.converted(to: dtype)
      return 2 * Double(side * side * side) / best(of: rounds) { _ = matmul(a, a) }
    }.max()!
    let count = (64 << 20) / dtype.byteCount
    var y = Tensor(ones: [count], dtype: dtype)
    let x = Tensor(ones: [count], dtype: dtype)
    // In place: two tensors are read, one is written.
    let sum = best(of: 8) { y += x }
    return MachinePeaks(flops: flops, bytesPerSecond: Double(3 * count * dtype.byteCount) / sum)
  }

  private static func best(of count: Int, _ body: () -> Void) -> Double {
    (0..<count).map { _ in
      let start = ContinuousClock.now
      body()
      return (ContinuousClock.now - start) / .seconds(1)
    }.min()!
  }
}
