import CStrataKernels

/// What a piece of code takes of memory and does of arithmetic on the running thread, from its start to
/// ``reading()``. Meters nest.
package struct WorkMeter: ~Copyable {
  private let start: strata_meter

  /// What a meter has counted.
  package struct Reading: Sendable {
    /// The most bytes of tensors above those at the start.
    package let peakBytes: Int
    /// Matrix products.
    package let products: Int
    /// Multiplications of matrix products, convolutions and recurrences.
    package let multiplyAdds: Int
  }

  /// Starts counting.
  package init() {
    let meter = strata_meter_of_thread()
    start = meter.pointee
    meter.pointee.peak_bytes = meter.pointee.live_bytes
  }

  /// What has been counted since the start.
  package consuming func reading() -> Reading {
    let meter = strata_meter_of_thread()
    let now = meter.pointee
    meter.pointee.peak_bytes = max(now.peak_bytes, start.peak_bytes)
    return Reading(
      peakBytes: Int(now.peak_bytes - start.live_bytes), products: Int(now.products - start.products),
      multiplyAdds: Int(now.multiply_adds - start.multiply_adds))
  }

  static func countBytes(_ count: Int) {
    let meter = strata_meter_of_thread()
    meter.pointee.live_bytes += Int64(count)
    meter.pointee.peak_bytes = max(meter.pointee.peak_bytes, meter.pointee.live_bytes)
  }

  /// Notes arithmetic about to be done.
  package static func count(products: Int = 0, multiplyAdds: Int) {
    let meter = strata_meter_of_thread()
    meter.pointee.products += Int64(products)
    meter.pointee.multiply_adds += Int64(multiplyAdds)
  }
}
