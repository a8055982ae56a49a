import Foundation
import StrataTensor
import Testing

/// The counters belong to the whole process, so each test runs in a separate process.
@Suite(.seeded) struct MemoryPoolTests {
  @Test func `bytes are counted as asked for`() async {
    await #expect(processExitsWith: .success) {
      let start = Memory.liveBytes
      func live() -> Int { Memory.liveBytes - start }
      do {
        let x = Tensor(zeros: [3, 5])
        #expect(live() == 60)
        let y = Tensor(zeros: [3, 5], dtype: .float64)
        #expect(live() == 180)
        let (copy, view) = (x, x.reshaped(to: [5, 3]))
        #expect(live() == 180, "sharing costs nothing")
        var other = x
        other += 1
        #expect(live() == 240, "a written copy has its own memory")
        let nothing = Tensor(zeros: [0, 7])
        #expect(live() == 240)
        withExtendedLifetime((x, y, copy, view, other, nothing)) {}
      }
      #expect(live() == 0)
    }
  }

  @Test func `the peak is the most that lived`() async {
    await #expect(processExitsWith: .success) {
      let start = Memory.liveBytes
      Memory.resetPeak()
      #expect(Memory.peakBytes == start)
      do {
        let x = Tensor(zeros: [1_000])
        do { withExtendedLifetime(Tensor(zeros: [500])) {} }
        do { withExtendedLifetime(Tensor(zeros: [250])) {} }
        withExtendedLifetime(x) {}
      }
      #expect(Memory.peakBytes == start + 6_000)
      #expect(Memory.liveBytes == start)
      Memory.resetPeak()
      #expect(Memory.peakBytes == start)
    }
  }

  @Test func `a steady loop misses nothing`() async {
    await #expect(processExitsWith: .success) {
      func step(_ x: Tensor, _ w: inout Tensor) {
        let y = sigmoid(matmul(x, w, adding: Tensor(ones: [40])) * 2 - 1)
        w.addProduct(x.transposed, y * (1 - y))
        w *= 0.5 + y.mean().item
      }
      let x = randomTensor([64, 30])
      var w = randomTensor([30, 40])
      step(x, &w)
      let misses = Memory.poolMisses
      for _ in 0..<20 { step(x, &w) }
      #expect(Memory.poolMisses == misses)
    }
  }

  @Test func `a new size misses once`() async {
    await #expect(processExitsWith: .success) {
      func misses(_ body: () -> Void) -> Int {
        let before = Memory.poolMisses
        body()
        return Memory.poolMisses - before
      }
      let make = { withExtendedLifetime(Tensor(zeros: [12_345])) {} }
      #expect(misses(make) == 1)
      #expect(misses(make) == 0)
      Memory.releaseUnused()
      #expect(misses(make) == 1, "what was released is fetched again")
      #expect(misses { withExtendedLifetime(Tensor(zeros: [12_300])) {} } == 0, "near sizes share blocks")
    }
  }

  @Test func `temporaries of an expression share one block`() async {
    await #expect(processExitsWith: .success) {
      let (a, b) = (randomTensor([1_000], seed: 1), randomTensor([1_000], seed: 2))
      let start = Memory.liveBytes
      Memory.resetPeak()
      do {
        let y = tanh(a * b + a - b) / 3
        withExtendedLifetime(y) {}
      }
      // In addition to the result there is only the number 3.
      #expect(Memory.peakBytes <= start + 4_000 + 8)
      withExtendedLifetime((a, b)) {}
    }
  }

  @Test func `blocks do not overlap and are aligned`() async {
    await #expect(processExitsWith: .success) {
      let tensors = (0..<400).map { Tensor(repeating: Double($0), shape: [1 + $0 * 37 % 1_500]) }
      for (value, x) in tensors.enumerated() {
        #expect(UInt(bitPattern: address(of: x)) % 64 == 0)
        #expect(x == Tensor(repeating: Double(value), shape: x.shape))
      }
    }
  }

  @Test func `threads share the pool`() async {
    await #expect(processExitsWith: .success) {
      let start = Memory.liveBytes
      await withTaskGroup(of: Bool.self) { group in
        for task in 0..<4 {
          group.addTask {
            (0..<500).allSatisfy { round in
              let x = Tensor(repeating: Double(task), shape: [1 + round % 50 * 20])
              return x.sum().item == Double(task * x.count)
            }
          }
        }
        for await isRight in group { #expect(isRight) }
      }
      #expect(Memory.liveBytes == start)
    }
  }

  @Test func `memory of old shapes is given back`() async {
    await #expect(processExitsWith: .success) {
      // Each size class from 4 to 64 MiB once; if all were kept, they would add up to 750 MiB.
      for octave in [4, 8, 16, 32] {
        for eighth in 9...16 { withExtendedLifetime(Tensor(zeros: [octave * eighth << 20 / 32])) {} }
      }
      #expect(isAddressSanitized || residentBytes() < 300 << 20)
    }
  }
}

/// The resident memory of the process; 0 if the system does not report it.
private func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var buffer = [CChar](repeating: 0, count: 200)
  guard fgets(&buffer, 200, file) != nil else { return 0 }
  let fields = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self).split(
    separator: " ")
  return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(getpagesize())
}

/// Whether the address sanitizer is active, which delays freeing memory, so that the process holds more.
private var isAddressSanitized: Bool { dlsym(dlopen(nil, RTLD_LAZY), "__asan_init") != nil }
