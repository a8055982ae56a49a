import Foundation
import StrataData
import StrataTensor
import Testing

@Suite(.seeded) struct `MNIST's four files` {
  /// Three training and two test images of 2×2.
  static let good: [String: [UInt8]] = [
    "train-images-idx3-ubyte": idx([3, 2, 2]), "train-labels-idx1-ubyte": idx([3], [9, 0, 4] as [UInt8]),
    "t10k-images-idx3-ubyte": idx([2, 2, 2]), "t10k-labels-idx1-ubyte": idx([2], [1, 1] as [UInt8]),
  ]

  /// Calls `body` with a directory of valid files, modified by `changes`; nil removes a file.
  func with<R>(_ changes: [String: [UInt8]?] = [:], gzipped: Bool = false, _ body: (String) throws -> R)
    throws -> R
  {
    try withDirectory { directory in
      for (name, bytes) in Self.good {
        guard let bytes = changes[name] ?? bytes else { continue }
        let url = URL(fileURLWithPath: directory + "/" + name + (gzipped ? ".gz" : ""))
        try Data(gzipped ? gzip(bytes) : bytes).write(to: url)
      }
      return try body(directory)
    }
  }

  @Test(arguments: [false, true]) func `are read, plain or gzipped`(gzipped: Bool) throws {
    try with(gzipped: gzipped) { directory in
      let (train, test) = try Dataset.mnist(in: directory)
      #expect(train.inputs == Tensor((0..<12).map { Float($0) / 255 }, shape: [3, 4]))
      #expect(train.labels == Tensor(labels: [9, 0, 4]))
      #expect(test.inputs.shape == [2, 4] && test.labels == Tensor(labels: [1, 1]))
      #expect(try Dataset.mnist(in: directory, flattened: false).train.inputs.shape == [3, 1, 2, 2])
    }
  }

  @Test func `say what to do when one is missing`() throws {
    try with(["t10k-labels-idx1-ubyte": nil]) { directory in
      let error = #expect(throws: DataError.self) { try Dataset.mnist(in: directory) }
      #expect(error?.reason == .missing)
      #expect(
        error?.description == directory
          + "/t10k-labels-idx1-ubyte: no such file; it, or it with .gz, is one of the "
          + "four files of MNIST, which data/fetch_mnist.sh downloads")
    }
    #expect(throws: DataError.self) { try Dataset.mnist(in: "/no/such/place") }
  }

  @Test(arguments: [
    Damage(
      "train-labels-idx1-ubyte", idx([2], [1, 2] as [UInt8]),
      .malformed(found: "shape [2]", expected: "[3], a label for each image"), at: 4),
    Damage(
      "train-labels-idx1-ubyte", idx([3], [1, 10, 2] as [UInt8]),
      .malformed(found: "label 10", expected: "one below 10"), at: 9),
    Damage(
      "t10k-labels-idx1-ubyte", idx(type: 9, [2], [1, -1] as [Int8]),
      .malformed(found: "elements of type sbyte", expected: "ubyte"), at: 2),
    Damage(
      "train-images-idx3-ubyte", idx([3, 4]),
      .malformed(found: "shape [3, 4]", expected: "[images, height, width]"), at: 3),
    Damage(
      "t10k-images-idx3-ubyte", idx([2, 1, 4]),
      .malformed(found: "images of [1, 4]", expected: "[2, 2] as in training"), at: 8),
    Damage(
      "t10k-images-idx3-ubyte", idx([0, 2, 2]),
      .malformed(found: "shape [0, 2, 2]", expected: "[images, height, width]"), at: 3),
    Damage("t10k-images-idx3-ubyte", [], .cutShort(expected: 4, found: 0), at: 0),
  ])
  func `must agree with one another`(_ damage: Damage) throws {
    try with([damage.what: damage.bytes]) { directory in
      let error = #expect(throws: DataError.self) { try Dataset.mnist(in: directory) }
      #expect(error?.reason == damage.reason)
      #expect(error?.offset == damage.offset)
      #expect(error?.path == directory + "/" + damage.what)
    }
  }

  @Test func `may have more classes`() throws {
    try with(["train-labels-idx1-ubyte": idx([3], [46, 0, 1] as [UInt8])]) { directory in
      let labels = try Dataset.mnist(in: directory, classes: 47).train.labels
      #expect(labels == Tensor(labels: [46, 0, 1]))
    }
  }
}
