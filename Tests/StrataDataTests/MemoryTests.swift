import Foundation
import StrataData
import StrataTensor
import Testing

/// Each runs in a separate process, whose peak resident memory, including loaded code, must stay
/// below the file's size plus 64 MiB.
@Suite(.seeded) struct `A damaged file costs no more memory than its size and 64 MiB` {
  @Test func `gzip that expands to 256 MiB, of which 784 bytes are declared`() async {
    await #expect(processExitsWith: .success) {
      try expectLittleMemory(gzip(idx([1, 28, 28]) + zeros, repeated: 256)) { _ = try IDX.read($0) }
    }
  }

  @Test func `gzip that declares 200 MiB, and has 199`() async {
    await #expect(processExitsWith: .success) {
      let file = gzip(idx([200 << 20], [UInt8]())) + gzip(zeros, repeated: 199)
      try expectLittleMemory(file) { _ = try IDX.read($0, scaled: true) }
    }
  }

  @Test func `gzip that declares 200 MiB, and has 201`() async {
    await #expect(processExitsWith: .success) {
      let file = gzip(idx([200 << 20], [UInt8]())) + gzip(zeros, repeated: 201)
      try expectLittleMemory(file) { _ = try IDX.read($0) }
    }
  }

  @Test func `a header of 300,000 strings`() async {
    await #expect(processExitsWith: .success) {
      let strings = (0..<300_000).map { "\"\($0)\":\"\"" }.joined(separator: ",")
      try expectLittleMemory(safetensors("{\"__metadata__\":{\(strings)}}")) { _ = try Safetensors.read($0) }
    }
  }

  @Test func `CSV with a quote that is not closed before 40 MB`() async {
    await #expect(processExitsWith: .success) {
      try expectLittleMemory(Array("a,b\n1,\"".utf8) + [UInt8](repeating: 0x78, count: 40_000_000)) {
        _ = try Table(csv: $0)
      }
    }
  }

  @Test func `CSV of 65,536 columns, and a row of one`() async {
    await #expect(processExitsWith: .success) {
      let header = String(repeating: ",", count: 65_535)
      try expectLittleMemory(Array((header + "\n" + header + "\n1\n").utf8)) { _ = try Table(csv: $0) }
    }
  }

  @Test func `CSV of short texts, all different, with damage at the end`() async {
    await #expect(processExitsWith: .success) {
      let rows = (0..<100_000).map { String($0, radix: 36) + "w\n" }.joined()
      try expectLittleMemory(Array(("word\n" + rows + "a,b\n").utf8)) { _ = try Table(csv: $0) }
    }
  }

  @Test func `a large CSV in blocks`() async {
    await #expect(processExitsWith: .success) {
      let row = Array("12345.678,\(String(repeating: "some text ", count: 100)),987\n".utf8)
      let rows = (0..<12_000).flatMap { _ in row }
      try expectLittleMemory(Array("a,b,c\n".utf8) + rows + Array("x\n".utf8), limit: 8 << 20) { path throws in
        let reader = try CSVReader(path)
        while try reader.next(rows: 1000) != nil {}
      }
    }
  }

  @Test func `an archive that declares 200 MiB of numbers, and has 199`() async {
    await #expect(processExitsWith: .success) {
      let header = npy("|u1", "(\((200 << 20) - 128),)", [])
      // That later blocks begin with a header too makes no difference.
      let stream = gzip(header + zeros.dropFirst(header.count), repeated: 199).dropFirst(10).dropLast(8)
      try expectLittleMemory(zip("x.npy", deflated: Array(stream), size: 200 << 20)) { _ = try NPZ.read($0) }
    }
  }

  @Test func `an array that declares 2 GiB of numbers`() async {
    await #expect(processExitsWith: .success) {
      try expectLittleMemory(npy("<f8", "(268435456,)", [0])) { _ = try NPY.read($0) }
      try expectLittleMemory(npy("<f8", "(268435456,)", [0])) { _ = try StoredArray(npy: $0) }
    }
  }

  @Test func `whole images beside labels that are damaged`() async {
    await #expect(processExitsWith: .success) {
      try withDirectory { directory in
        let images =
          gzip(idx([60_000, 28, 28], [UInt8]())) + gzip(Array(zeros.prefix(784 * 1000)), repeated: 60)
        for (name, bytes) in [
          "train-images-idx3-ubyte": images, "t10k-images-idx3-ubyte": images.dropLast(),
          "train-labels-idx1-ubyte": idx([60_000], Array(zeros.prefix(60_000))),
          "t10k-labels-idx1-ubyte": idx([60_000], Array(zeros.prefix(60_000))),
        ] {
          try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
        }
        try expectLittleMemory(size: 0) { _ = try Dataset.mnist(in: directory) }
      }
    }
  }
}

private let zeros = [UInt8](repeating: 0, count: 1 << 20)

private func expectLittleMemory(_ bytes: [UInt8], limit: Int? = nil, _ read: (String) throws -> Void) throws {
  try withFile(bytes) { path in try expectLittleMemory(size: bytes.count, limit: limit) { try read(path) } }
}

/// Creating the file takes memory too, so only the rise of the peak above the memory held before counts.
private func expectLittleMemory(size: Int, limit: Int? = nil, _ read: () throws -> Void) throws {
  guard let before = residentBytes("VmRSS"),
    (try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)) != nil
  else { return }
  #expect(throws: DataError.self) { try read() }
  // The address sanitizer delays freeing memory, so the process holds more.
  if dlsym(dlopen(nil, RTLD_LAZY), "__asan_init") != nil { return }
  let rise = residentBytes("VmHWM")! - before
  #expect(
    rise < limit ?? size + (48 << 20), "the peak rose by \(rise / 1_000_000) MB for a file of \(size / 1_000_000) MB")
}

/// A figure of this process as reported by Linux; nil elsewhere.
private func residentBytes(_ field: String) -> Int? {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field + ":") })
  else { return nil }
  return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1024 }
}
