import COpenBLAS
import CStrataKernels
import Foundation
import Synchronization

/// The settings and facts of the running process.
public enum Runtime {
  /// How many threads share the work of one operation, the calling one included.
  ///
  /// The default is the environment variable `STRATA_WORKERS`, else the number of cores. Results do
  /// not depend on it, to the last bit: work is cut into blocks by its shape alone.
  public static var workers: Int {
    get { workerCount.load(ordering: .relaxed) }
    set {
      require(newValue >= 1, "Runtime.workers must be at least 1, not \(newValue)")
      workerCount.store(newValue, ordering: .relaxed)
    }
  }

  private static let workerCount = Atomic<Int>(
    ProcessInfo.processInfo.environment["STRATA_WORKERS"].flatMap(Int.init).map { max(1, $0) }
      ?? ProcessInfo.processInfo.activeProcessorCount)

  /// The OpenBLAS library at work: its version and options, and the core its kernels are written for.
  ///
  /// The core is the library's own choice, which `OPENBLAS_CORETYPE` overrides.
  public static var blas: String {
    prepareBLAS()
    let configuration = String(cString: openblas_get_config()).split(separator: " ").prefix(2)
    return configuration.joined(separator: " ") + ", core " + String(cString: openblas_get_corename())
  }

  /// The generation of CPU whose vector kernels run: "AVX-512", "AVX2", "baseline" or "arm64".
  public static var kernels: String { String(cString: strata_kernel_target()) }

  /// Whether Strata itself was compiled without optimization, which makes training many times slower.
  public static var isDebugBuild: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  /// Puts BLAS on one thread, once: the blocks of a product run on Strata's own workers, and BLAS threads
  /// would make results depend on their number.
  @inline(__always)
  static func prepareBLAS() { _ = blasIsPrepared }

  private static let blasIsPrepared: Bool = {
    openblas_set_num_threads(1)
    return true
  }()
}

/// Runs `body` over the ranges that cut `0..<count` every `grain`, on the process's workers.
///
/// The cuts depend on `count` and `grain` alone, never on the number of workers.
@inline(__always)
package func parallel(over count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  guard count > grain else {
    if count > 0 { body(0..<count) }
    return
  }
  let grain = max(grain, (count - 1) / WorkerPool.maximumBlocks + 1)
  let blocks = (count - 1) / grain + 1
  WorkerPool.shared.run(blocks: blocks, workers: Runtime.workers) { block in
    body(block * grain..<min(count, (block + 1) * grain))
  }
}

/// The sum of what `body` returns for the same ranges, in an order fixed by `count` and `grain`.
package func parallelSum(over count: Int, grain: Int, _ body: (Range<Int>) -> Double) -> Double {
  guard count > grain else { return count > 0 ? body(0..<count) : 0 }
  let blocks = (count - 1) / grain + 1
  return withUnsafeTemporaryAllocation(of: Double.self, capacity: blocks) { partial in
    partial.initialize(repeating: 0)
    parallel(over: count, grain: grain) { range in partial[range.lowerBound / grain] = body(range) }
    return strata_sum_f64(blocks, partial.baseAddress!)
  }
}

/// How many elements of an elementwise operation make a block worth handing to a worker.
package let elementGrain = 16_384
