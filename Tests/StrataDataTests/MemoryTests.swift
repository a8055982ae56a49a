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
