import Foundation
import StrataTensor
import Testing

/// The pool and the number of workers belong to the whole process, so each test runs in a separate process.
@Suite(.seeded) struct WorkerPoolTests {
  @Test func `every index is run exactly once`() async {
    await #expect(processExitsWith: .success) {
      for workers in [1, 2, 3, 8] {
        for count in [0, 1, 2, 3, 17, 1_000, 70_000] {
          for grain in [1, 2, 7, 100_000] {
            #expect(withWorkers(workers) { runs(of: count, grain: grain) } == Array(repeating: 1, count: count))
          }
        }
      }
    }
  }

  @Test func `cuts depend on count and grain alone`() async {
    await #expect(processExitsWith: .success) {
      for (count, grain) in [(10, 3), (1_000, 1), (70_000, 1), (140_000, 2), (16_385, 16_384)] {
        let alone = withWorkers(1) { cuts(of: count, grain: grain) }
        #expect(alone.first?.lowerBound == 0 && alone.last?.upperBound == count)
        #expect(alone.dropLast().allSatisfy { $0.count >= grain && $0.count == alone[0].count })
        for workers in [2, 3, 8] {
          #expect(withWorkers(workers) { cuts(of: count, grain: grain) } == alone)
        }
      }
    }
  }

  @Test func `many small jobs follow each other`() async {
    await #expect(processExitsWith: .success) {
      for workers in [2, 3, 8] {
        for job in 0..<6_000 {
          let count = 2 + job % 9
          if withWorkers(workers, { runs(of: count, grain: 1) }) != Array(repeating: 1, count: count) {
            Issue.record("job \(job) of \(count) blocks with \(workers) workers")
          }
        }
      }
    }
  }

  @Test func `sleeping workers wake up`() async {
    await #expect(processExitsWith: .success) {
      for workers in [2, 8, 3] {
        for _ in 0..<20 {
          usleep(5_000)
          #expect(withWorkers(workers) { runs(of: 50, grain: 1) } == Array(repeating: 1, count: 50))
        }
      }
    }
  }

  @Test func `work is shared among threads`() async {
    await #expect(processExitsWith: .success) {
      // A block that waits for the other ends only if two threads take one each.
      let arrivals = Counter()
      withWorkers(2) {
        parallel(over: 2, grain: 1) { _ in
          arrivals.increment()
          let deadline = Date(timeIntervalSinceNow: 20)
          while arrivals.value < 2, Date() < deadline { usleep(100) }
        }
      }
      #expect(arrivals.value == 2)
      #expect(arrivals.threads == 2)
    }
  }

  @Test func `one worker is the calling thread`() async {
    await #expect(processExitsWith: .success) {
      let arrivals = Counter()
      withWorkers(1) { parallel(over: 100, grain: 1) { _ in arrivals.increment() } }
      #expect(arrivals.value == 100)
      #expect(arrivals.threads == 1)
    }
  }

  @Test func `calls may nest`() async {
    await #expect(processExitsWith: .success) {
      Runtime.workers = 3
      let total = Counter()
      parallel(over: 20, grain: 1) { _ in
        parallel(over: 30, grain: 1) { _ in
          parallel(over: 3, grain: 1) { _ in total.increment() }
        }
      }
      #expect(total.value == 1_800)
      // A product inside a block, as a layer's forward inside a parallel loop would be.
      let (a, b) = (randomTensor([64, 64], seed: 1), randomTensor([64, 64], seed: 2))
      let expected = matmul(a, b)
      parallel(over: 8, grain: 1) { _ in
        if matmul(a, b).isIdentical(to: expected) { total.increment() }
      }
      #expect(total.value == 1_808)
    }
  }

  @Test func `several threads may call at once`() async {
    await #expect(processExitsWith: .success) {
      Runtime.workers = 4
      let right = Counter()
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        for job in 0..<800 {
          let count = 2 + job % 30
          if runs(of: count, grain: 1) == Array(repeating: 1, count: count) { right.increment() }
        }
      }
      #expect(right.value == 3_200)
    }
  }

  @Test func `the number of workers may change at any time`() async {
    await #expect(processExitsWith: .success) {
      for job in 0..<600 {
        Runtime.workers = 1 + job * 7 % 8
        #expect(Runtime.workers == 1 + job * 7 % 8)
        #expect(runs(of: 11, grain: 2) == Array(repeating: 1, count: 11))
      }
    }
  }

  @Test func `workers do not spin between operations that are far apart`() async {
    await #expect(processExitsWith: .success) {
      // The CPU time of the process over the time between the operations: 45 % where a worker spins until the next one.
      let (start, before) = (ContinuousClock.now, clock())
      for _ in 0..<300 {
        withWorkers(2) { parallel(over: 2, grain: 1) { _ in } }
        usleep(1_000)
      }
      let used = Double(clock() - before) / Double(CLOCKS_PER_SEC)
      let share = used / ((ContinuousClock.now - start) / .seconds(1))
      #expect(share < 0.2)
    }
  }

  @Test func `the caller sleeps while it waits for a worker`() async {
    await #expect(processExitsWith: .success) {
      let arrivals = Counter()
      withWorkers(2) {
        parallel(over: 2, grain: 1) { _ in
          arrivals.increment()
          while arrivals.value < 2 { usleep(100) }
          if !Thread.isMainThread { usleep(300_000) }
        }
      }
      // One of both threads may be the main thread, or neither.
      let used = Double(clock()) / Double(CLOCKS_PER_SEC)
      #expect(used < 0.2)
    }
  }

  @Test func `no more threads start than there are cores`() async {
    await #expect(processExitsWith: .success) {
      Runtime.workers = 1_024
      let arrivals = Counter()
      for _ in 0..<20 {
        parallel(over: 200, grain: 1) { _ in
          arrivals.increment()
          usleep(10)
        }
      }
      #expect(arrivals.value == 4_000)
      #expect(arrivals.threads <= UsableCores.count)
    }
  }

  #if os(Linux)
    @Test func `the default is the number of cores that the affinity allows`() async {
      await #expect(processExitsWith: .success) {
        // The C library declares these for C alone.
        typealias Affinity = @convention(c) (Int32, Int, UnsafeMutablePointer<UInt64>) -> Int32
        func function(_ name: String) -> Affinity { unsafeBitCast(dlsym(nil, name)!, to: Affinity.self) }
        var mask = Array(repeating: UInt64(0), count: 16)
        #expect(function("sched_getaffinity")(0, 128, &mask) == 0)
        let word = mask.firstIndex { $0 != 0 }!
        var first = Array(repeating: UInt64(0), count: 16)
        first[word] = mask[word] & ~(mask[word] &- 1)
        #expect(function("sched_setaffinity")(0, 128, &first) == 0)
        #expect(Runtime.workers == 1)
      }
    }
  #endif

  /// Files of control groups, and the cores that their quotas leave.
  @Test(
    arguments: [
      ([:], nil),
      (["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n"], nil),
      (["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "100000 100000\n"], 1),
      (["/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max": "150000 100000\n"], 2),
      (
        [
          "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max": "400000 100000\n",
          "/sys/fs/cgroup/a/cpu.max": "250000 100000\n",
        ], 3
      ),
      (["/proc/self/cgroup": "0::/hidden\n", "/sys/fs/cgroup/cpu.max": "50000 100000\n"], 1),
      (
        [
          "/proc/self/cgroup": "5:memory:/m\n4:cpu,cpuacct:/a:b\n0::/\n",
          "/sys/fs/cgroup/cpu,cpuacct/a:b/cpu.cfs_quota_us": "200000\n",
          "/sys/fs/cgroup/cpu,cpuacct/a:b/cpu.cfs_period_us": "100000\n",
          "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
          "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        ], 2
      ),
      (["/proc/self/cgroup": "what\n0::/", "/sys/fs/cgroup/cpu.max": "1 2 3\n"], nil),
    ] as [([String: String], Int?)])
  func `the CPU quota of the control groups limits the cores`(files: [String: String], cores: Int?) {
    #expect(UsableCores.quota { files[$0] } == cores)
  }

  /// Every operation gives the same bits for any number of workers.
  @Test(arguments: [DType.float32, .float64])
  func `results do not depend on the number of workers`(dtype: DType) async {
    await #expect(processExitsWith: .success) { [name = dtype.rawValue as String] in
      let operations = ParallelOperations(DType(rawValue: name)!)
      let alone = withWorkers(1) { operations.results() }
      for workers in [2, 3, 8] {
        let shared = WorkerLog.sharing(workers: workers) { operations.results() }
        #expect(shared.threads > 1)
        for (one, many) in zip(alone, shared.result) where !one.value.isIdentical(to: many.value) {
          Issue.record("\(one.name) differs with \(workers) workers")
        }
      }
    }
  }

  @Test func `the machine tells what it runs on`() {
    #expect(["AVX-512", "AVX2", "baseline", "arm64"].contains(Runtime.kernels))
    #expect(Runtime.blas.hasPrefix("OpenBLAS") && Runtime.blas.contains("core"))
    #expect(Runtime.workers >= 1)
  }

  #if os(Linux) && arch(x86_64)
    @Test(.enabled(if: getenv("OPENBLAS_CORETYPE") == nil && Runtime.kernels != "baseline"))
    func `BLAS runs no kernels from 2004 on a CPU that it does not know`() {
      #expect(!Runtime.blas.hasSuffix("core Prescott"))
      #expect(getenv("OPENBLAS_CORETYPE") == nil)
    }
  #endif
}

/// Every operation that divides its work into blocks, on operands large enough to be divided, of awkward sizes.
private struct ParallelOperations {
  let long: Tensor
  let other: Tensor
  let matrix: Tensor
  let row: Tensor
  let column: Tensor
  let left: Tensor
  let right: Tensor

  init(_ dtype: DType) {
    func make(_ rows: Int, _ columns: Int, _ seed: UInt64) -> Tensor {
      let parts = (
        randomTensor([rows, 1], dtype, seed: seed), randomTensor([1, columns], dtype, seed: seed + 1)
      )
      return tanh(parts.0 * parts.1) + parts.0
    }
    long = make(1, 50_021, 1).reshaped([-1])
    other = make(50_021, 1, 3).reshaped([-1])
    matrix = make(533, 217, 5)
    row = randomTensor([217], dtype, seed: 7)
    column = randomTensor([533, 1], dtype, seed: 8)
    left = make(301, 150, 9)
    right = make(150, 203, 11)
  }

  func results() -> [(name: String, value: Tensor)] {
    var sum = Tensor(ones: [301, 203], dtype: left.dtype)
    sum.addProduct(left, right)
    var columns = row
    columns.addColumnSums(of: matrix)
    let deep = Tensor(concatenating: Array(repeating: left, count: 20))  // divided into four blocks
    return [
      ("exp", exp(long)), ("tanh", tanh(long)), ("sigmoid in place", sigmoid(long + 0)),
      ("a + b", long + other), ("a · number", long * 3), ("a < b", long .< other),
      ("matrix · row", matrix * row), ("matrix / column", matrix / column), ("column − row", column - row),
      ("maximum", maximum(matrix, column)),
      ("relu backward", long.multiplied(byDerivative: .relu, at: other)),
      ("sum", long.sum()), ("sum of squares", Tensor([long.sumOfSquares])),
      ("mean", matrix.mean()), ("sum of columns", matrix.sum(along: 0)),
      ("sum of rows", matrix.sum(along: 1)),
      ("max of columns", matrix.max(along: 0)), ("min of rows", matrix.min(along: 1)), ("max", long.max()),
      ("column sums", matrix.columnSums()), ("added column sums", columns),
      ("sum of the middle", matrix[0..<532].reshaped(to: [4, 133, 217]).sum(along: 1)),
      ("product", matmul(left, right)), ("product with bias", matmul(left, right, adding: row[0..<203])),
      ("transposed product", matmul(left.transposed, left)), ("added product", sum),
      ("large product", matmul(deep.transposed, deep)),
    ]
  }
}

/// Returns how often `parallel` has run each index.
private func runs(of count: Int, grain: Int) -> [Int] {
  let hits = UnsafeMutableBufferPointer<Int>.allocate(capacity: count + 1)
  defer { hits.deallocate() }
  hits.initialize(repeating: 0)
  // Every index is written by only one block, which the tests verify.
  nonisolated(unsafe) let place = hits
  parallel(over: count, grain: grain) { range in
    for index in range { place[index] += 1 }
  }
  #expect(hits[count] == 0)
  return Array(hits.prefix(count))
}

/// Returns the ranges into which `parallel` divides.
private func cuts(of count: Int, grain: Int) -> [Range<Int>] {
  let ends = UnsafeMutableBufferPointer<Int>.allocate(capacity: count)
  defer { ends.deallocate() }
  ends.initialize(repeating: 0)
  // Every block writes at its own start.
  nonisolated(unsafe) let place = ends
  parallel(over: count, grain: grain) { place[$0.lowerBound] = $0.upperBound }
  return (0..<count).filter { ends[$0] > 0 }.map { $0..<ends[$0] }
}

/// A counter of calls from any thread, and of the threads. `@unchecked Sendable`: its lock guards all of its state.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0
  private var seen: Set<ObjectIdentifier> = []

  func increment() {
    lock.withLock {
      count += 1
      seen.insert(ObjectIdentifier(Thread.current))
    }
  }

  var value: Int { lock.withLock { count } }
  var threads: Int { lock.withLock { seen.count } }
}
