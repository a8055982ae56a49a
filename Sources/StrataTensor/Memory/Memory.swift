/// What tensors hold of the machine's memory, in bytes.
///
/// Bytes are counted as they were asked for: a `[3, 5]` tensor of `float32` counts 60.
public enum Memory {
  /// The bytes of all tensors alive now.
  public static var liveBytes: Int { WorkMeter.process.liveBytes }

  /// The most that ``liveBytes`` has been since the program's start or the last ``resetPeak()``.
  public static var peakBytes: Int { WorkMeter.process.peakBytes }

  /// How many blocks had to be fetched from the system because the pool had none of their size.
  ///
  /// A training step of steady shape adds nothing to it after the first.
  public static var poolMisses: Int { MemoryPool.shared.misses }

  /// Lets ``peakBytes`` start again from what is alive now.
  public static func resetPeak() { MemoryPool.shared.resetPeak() }

  /// Returns to the system what the pool keeps for reuse.
  public static func releaseUnused() { MemoryPool.shared.releaseUnused() }
}
