import CStrataKernels
import Synchronization

/// What code takes of memory and does of arithmetic: the one meter of both, at two scopes.
///
/// The **thread's** counts are what a meter reads, from its start to ``reading()``: a planner measures a layer so, and
/// another that plans at once does not disturb it. The **process's** are what ``Memory`` and ``Runtime/matrixProducts``
/// give: a tensor may be freed by another thread than made it, so that only all threads together know what is alive.
/// Meters nest.
package struct WorkMeter: ~Copyable {
  /// What has been counted.
  package struct Reading: Sendable {
    /// The bytes of the tensors that are alive.
    package internal(set) var liveBytes = 0
    /// The most that these have been.
    package internal(set) var peakBytes = 0
    /// Matrix products.
    package internal(set) var products = 0
    /// Multiplications of matrix products, convolutions and recurrences.
    package internal(set) var multiplyAdds = 0

    @inline(__always)
    mutating func countBytes(_ count: Int) {
      liveBytes += count
      peakBytes = max(peakBytes, liveBytes)
    }
  }

  private let start: Reading

  /// Starts counting what the running thread does.
  package init() {
    start = Self.thread
    strata_meter_of_thread().pointee.peak_bytes = Int64(start.liveBytes)
  }

  /// What the thread has done since the start; bytes are those above the ones at the start.
  package consuming func reading() -> Reading {
    let now = Self.thread
    strata_meter_of_thread().pointee.peak_bytes = Int64(max(now.peakBytes, start.peakBytes))
    return Reading(
      liveBytes: now.liveBytes - start.liveBytes, peakBytes: now.peakBytes - start.liveBytes,
      products: now.products - start.products, multiplyAdds: now.multiplyAdds - start.multiplyAdds)
  }

  /// The running thread's counts since it began.
  package static var thread: Reading {
    let meter = strata_meter_of_thread().pointee
    return Reading(
      liveBytes: Int(meter.live_bytes), peakBytes: Int(meter.peak_bytes), products: Int(meter.products),
      multiplyAdds: Int(meter.multiply_adds))
  }

  /// The counts of all threads since the process began.
  static var process: Reading {
    var reading = MemoryPool.shared.meter
    reading.products = products.load(ordering: .relaxed)
    reading.multiplyAdds = multiplyAdds.load(ordering: .relaxed)
    return reading
  }

  private static let products = Atomic(0)
  private static let multiplyAdds = Atomic(0)

  /// Notes arithmetic about to be done.
  package static func count(products: Int = 0, multiplyAdds: Int) {
    Self.products.add(products, ordering: .relaxed)
    Self.multiplyAdds.add(multiplyAdds, ordering: .relaxed)
    let meter = strata_meter_of_thread()
    meter.pointee.products += Int64(products)
    meter.pointee.multiply_adds += Int64(multiplyAdds)
  }

  /// Notes bytes taken, or given back where negative; the process's are counted in what the pool's lock guards.
  @inline(__always)
  static func countBytes(_ count: Int, ofProcess process: inout Reading) {
    process.countBytes(count)
    let meter = strata_meter_of_thread()
    meter.pointee.live_bytes += Int64(count)
    meter.pointee.peak_bytes = max(meter.pointee.peak_bytes, meter.pointee.live_bytes)
  }
}
