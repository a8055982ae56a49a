import COpenBLAS
import CStrataKernels
import Foundation
import Synchronization

/// The settings and facts of the running process.
public enum Runtime {
  /// How many threads share the work of one operation, the calling one included.
  ///
  /// The default is the environment variable `STRATA_WORKERS`, else the number of cores that the process may use: those
  /// of its affinity, and no more than the CPU quota of its control group. A larger number starts no further threads.
  /// Results do not depend on it, to the last bit: work is cut into blocks by its shape alone.
  public static var workers: Int {
    get { scopedWorkers.current ?? workerCount.load(ordering: .relaxed) }
    set { workerCount.store(checked(newValue, "Runtime.workers"), ordering: .relaxed) }
  }

  /// How many threads take part in an operation.
  package static var threads: Int {
    scopedWorkers.current ?? min(workerCount.load(ordering: .relaxed), UsableCores.count)
  }

  fileprivate static let scopedWorkers = TaskScoped<Int>()

  private static let workerCount = Atomic<Int>(
    ProcessInfo.processInfo.environment["STRATA_WORKERS"].map { text in
      guard let number = Int(text) else {
        stop("STRATA_WORKERS is \"\(text)\"; set it to a number of workers, or unset it to use all cores")
      }
      return checked(number, "the environment variable STRATA_WORKERS")
    } ?? UsableCores.count)

  private static func checked(_ workers: Int, _ name: String) -> Int {
    require((1...1024).contains(workers), "\(name) must be from 1 to 1024, not \(workers)")
    return workers
  }

  /// The OpenBLAS library at work: its version and options, and the core its kernels are written for.
  ///
  /// The core is the choice of the library, or of `OPENBLAS_CORETYPE`. A library that is older than the CPU would take
  /// kernels from 2004; Strata then has it take those of the newest core that it has and the CPU can run.
  public static var blas: String {
    prepareBLAS()
    let configuration = String(cString: openblas_get_config()).split(separator: " ").prefix(2)
    return configuration.joined(separator: " ") + ", core " + String(cString: openblas_get_corename())
  }

  /// The generation of CPU whose vector kernels run: "AVX-512", "AVX2", "baseline" or "arm64".
  public static var kernels: String { String(cString: strata_kernel_target()) }

  /// How many matrix products `matmul` and ``Tensor/addProduct(_:_:)`` have made since the program began.
  ///
  /// What recomputation costs is the difference over a step.
  public static var matrixProducts: Int { WorkMeter.process.products }

  /// Whether Strata itself was compiled without optimization, which makes training many times slower.
  public static var isDebugBuild: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  /// Puts BLAS on one thread for calls by the calling thread: the blocks of a product run on Strata's own workers, and
  /// BLAS threads would make results depend on their number.
  ///
  /// Once for each thread, since with OpenMP the number is a setting of the thread that asks: a worker that never asked
  /// would use all cores.
  static func prepareBLAS() {
    if pthread_getspecific(isPrepared) != nil { return }
    openblas_set_num_threads(1)
    pthread_setspecific(isPrepared, UnsafeRawPointer(bitPattern: 1))
  }

  /// Runs a call of BLAS or LAPACK, which takes one thread; where OpenBLAS was built without threads, one call at a time:
  /// that build does not lock the buffers that its calls share.
  @inline(__always)
  static func withBLAS<R>(_ call: () -> R) -> R {
    prepareBLAS()
    guard let turn else { return call() }
    return turn.withLock(call)
  }

  private static let turn: NSLock? = openblas_get_parallel() == OPENBLAS_SEQUENTIAL ? NSLock() : nil

  private static let isPrepared: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()
}

/// Runs `body` as if ``Runtime/workers`` were `count`, in this task alone.
package func withWorkers<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
  try Runtime.scopedWorkers.with(count, body)
}
