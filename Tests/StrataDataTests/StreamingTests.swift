import Foundation
import StrataTensor
import Testing

@testable import StrataData

@Suite(.seeded) struct `Arrays in files` {
  @Test func `give rows of every format, in any order`() throws {
    let x = Tensor((0..<60).map { Float($0) }, shape: [10, 2, 3])
    try withDirectory { directory in
      try NPY.write(x, to: directory + "/x.npy")
      try Safetensors.write(["other": [1], "x": x], to: directory + "/x.safetensors")
      let bytes = x.elements(as: Int32.self).map { UInt8($0) }
      try Data(idx([10, 2, 3], bytes)).write(to: URL(filePath: directory + "/x.idx"))
      try Data(bytes).write(to: URL(filePath: directory + "/x.bin"))
      let arrays = [
        try StoredArray(npy: directory + "/x.npy"), try StoredArray(safetensors: directory + "/x.safetensors", "x"),
        try StoredArray(idx: directory + "/x.idx"),
        try StoredArray(raw: directory + "/x.bin", .uint8, rowShape: [2, 3]),
        try StoredArray(npy: directory + "/x.npy", as: .float64),
        try StoredArray(idx: directory + "/x.idx", scaled: true),
      ]
      #expect(arrays.map(\.type) == [.float32, .float32, .uint8, .uint8, .float32, .uint8])
      #expect(arrays.map(\.dtype) == [.float32, .float32, .int32, .int32, .float64, .float32])
      for (index, array) in arrays.enumerated() {
        let expected = index == 5 ? Tensor(x.elements(as: Float.self).map { $0 / 255 }, shape: x.shape) : x
        #expect(array.shape == [10, 2, 3] && array.count == 10)
        for rows in [[3], [7, 8, 9, 0, 0, 5], [], Array(0..<10)] {
          let wanted = expected.converted(to: array.dtype).gathered(rows: rows)
          #expect(try array.gathered(rows: rows) == wanted)
        }
        #expect(try array.rows(4..<6) == expected.converted(to: array.dtype)[4..<6])
      }
    }
  }

  @Test func `of which rows cannot be read alone are refused`() throws {
    func reason(_ bytes: [UInt8], _ open: (String) throws -> StoredArray) throws -> DataError.Reason? {
      try withFile(bytes) { path in #expect(throws: DataError.self) { _ = try open(path) }?.reason }
    }
    #expect(
      try reason(npy("<f4", "()", [0, 0, 0, 0])) { try StoredArray(npy: $0) }
        == .malformed(found: "a number alone", expected: "an array with rows"))
    #expect(
      try reason(npy("|u1", "(1, 2)", [0, 0], fortran: true)) { try StoredArray(npy: $0) }
        == .malformed(found: "Fortran's order", expected: "rows that lie together"))
    #expect(
      try reason(gzip(idx([2]))) { try StoredArray(idx: $0) }
        == .malformed(found: "a gzip file", expected: "one whose rows can be read alone"))
    #expect(
      try reason([1, 2, 3, 4, 5, 6, 7]) { try StoredArray(raw: $0, .uint16, rowShape: [2]) }
        == .malformed(found: "7 bytes", expected: "a multiple of 4 bytes a row"))
    #expect(
      try reason(safetensors("{" + record("w", "[4]", "[0,4]", type: "F8_E5M2") + "}", 4)) {
        try StoredArray(safetensors: $0, "w")
      } == .unsupportedType(tensor: "w", type: "F8_E5M2"))
  }

  @Test func `that become shorter are an error, and no crash`() throws {
    try withFile([UInt8](repeating: 1, count: 40_000)) { path in
      let array = try StoredArray(raw: path, .uint16)
      #expect(try array.gathered(rows: [19_999]) == Tensor([Int32(257)]))
      #expect(truncate(path, 20_001) == 0)
      let error = #expect(throws: DataError.self) { try array.gathered(rows: [3, 19_999]) }
      #expect(error?.reason == .cutShort(expected: 40_000, found: 39_998))
      let partly = #expect(throws: DataError.self) { try array.gathered(rows: [10_000]) }
      #expect(partly?.reason == .cutShort(expected: 20_002, found: 20_001) && partly?.offset == 20_001)
    }
  }
}

@Suite(.seeded) struct `Examples in files` {
  /// Calls `body` with 50 examples in files and in memory: row n holds n and −n, its label is n.
  private func withExamples(_ body: (StoredArray, StoredArray, Dataset) throws -> Void) throws {
    let data = Dataset(
      inputs: Tensor((0..<50).flatMap { [Float($0), -Float($0)] }, shape: [50, 2]),
      labels: Tensor(labels: Array(0..<50)))
    try withDirectory { directory in
      try NPY.write(data.inputs, to: directory + "/x.npy")
      try Data((0..<50).map { UInt8($0) }).write(to: URL(filePath: directory + "/y"))
      try body(StoredArray(npy: directory + "/x.npy"), StoredArray(raw: directory + "/y", .uint8), data)
    }
  }

  private func batches<Inputs, Labels>(
    _ stream: consuming BatchStream<Inputs, Labels>
  ) throws -> [Examples<Inputs, Labels>.Batch] {
    var (stream, batches) = (stream, [Examples<Inputs, Labels>.Batch]())
    while let batch = try stream.next() { batches.append(batch) }
    return batches
  }

  private func expectSame(_ a: [Dataset.Batch], _ b: [Dataset.Batch]) {
    #expect(a.map(\.indices) == b.map(\.indices))
    #expect(a.map(\.inputs) == b.map(\.inputs) && a.map(\.labels) == b.map(\.labels))
  }

  @Test(arguments: [nil, 0, 3] as [Int?], [true, false])
  func `with a full shuffle come in the batches of examples in memory`(epoch: Int?, keepsRemainder: Bool) throws {
    try withExamples { inputs, labels, data in
      let request = BatchRequest(batchSize: 8, epoch: epoch, seed: 5, keepsRemainder: keepsRemainder)
      let stored = try StoredExamples(inputs: inputs, labels: labels)
      let stream = stored.batches(for: request)
      #expect(stream.count == (keepsRemainder ? 7 : 6) && stored.count == 50)
      #expect(Set(stream.rowCounts) == (keepsRemainder ? [8, 2] : [8]))
      expectSame(try batches(stream), try batches(data.batches(for: request)))
    }
  }

  @Test(arguments: [1, 7, 8, 50, 80]) func `shuffled by blocks come each once, near their neighbours`(block: Int) throws
  {
    try withExamples { inputs, labels, _ in
      let stored = try StoredExamples(inputs: inputs, labels: labels, shuffling: .blocks(of: block))
      func rows(_ epoch: Int?, _ seed: UInt64 = 5) throws -> [Int] {
        let batches = try batches(stored.batches(for: BatchRequest(batchSize: 9, epoch: epoch, seed: seed)))
        for batch in batches { #expect(batch.labels == Tensor(labels: batch.indices)) }
        return batches.flatMap(\.indices)
      }
      let order = try rows(0)
      #expect(order.sorted() == Array(0..<50))
      #expect(try rows(0) == order)
      let others = try [rows(1), rows(0, 6)]
      #expect(!others.contains(order))
      #expect(try rows(nil) == Array(0..<50))
      // Each block's rows come one after the other.
      let blocks = order.map { $0 / block }
      #expect(zip(blocks, blocks.dropFirst()).count { $0 != $1 } == (50 + block - 1) / block - 1)
    }
  }

  @Test(arguments: [StrataData.Shuffling.full, .blocks(of: 7), .blocks(of: 16), .none])
  func `that are skipped leave the same batches as if they had been taken`(shuffling: StrataData.Shuffling) throws {
    try withExamples { inputs, labels, _ in
      let stored = try StoredExamples(inputs: inputs, labels: labels, shuffling: shuffling)
      for count in 0...8 {
        for peeks in [false, true] {
          let request = BatchRequest(batchSize: 8, epoch: 2, seed: 1)
          for source in [stored, stored.prefetched(depth: 2)] as [any BatchSource<Tensor, Tensor>] {
            var stream = try source.batches(for: request)
            if peeks { _ = try stream.peek() }
            try stream.skip(count)
            expectSame(try batches(stream), Array(try batches(stored.batches(for: request)).dropFirst(count)))
          }
        }
      }
    }
  }

  @Test func `must be as many as their labels`() throws {
    try withExamples { inputs, labels, _ in
      try withFile([1, 2, 3]) { path in
        let few = try StoredArray(raw: path, .uint8)
        let error = #expect(throws: DataError.self) { try StoredExamples(inputs: inputs, labels: few) }
        #expect(error?.reason == .malformed(found: "3 labels", expected: "50, one for each row of \(inputs.path)"))
        #expect(error?.path == path)
      }
    }
  }
}

@Suite(.seeded) struct `Windows of tokens` {
  private func withTokens(_ count: Int, _ body: (StoredArray) throws -> Void) throws {
    let bytes = (0..<count).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    try withFile(bytes) { try body(StoredArray(raw: $0, .uint16)) }
  }

  private func batches(_ source: TokenWindows, _ request: BatchRequest) throws -> [Dataset.Batch] {
    var (stream, batches) = (source.batches(for: request), [Dataset.Batch]())
    while let batch = try stream.next() { batches.append(batch) }
    return batches
  }

  /// Token n is n, so a window is its place, and counts up from there.
  private func expectWindows(_ batches: [Dataset.Batch], _ length: Int) {
    for batch in batches {
      let inputs = batch.indices.flatMap { place in (place..<place + length).map { Int32($0) } }
      #expect(batch.inputs == Tensor(inputs, shape: [batch.count, length]))
      #expect(batch.labels == batch.inputs + 1)
    }
  }

  @Test(arguments: [(41, 10), (42, 10), (50, 12), (51, 12)])
  func `side by side cover the file with the tokens after them`(tokens: Int, starts: Int) throws {
    try withTokens(tokens) { tokens in
      let windows = try TokenWindows(tokens, length: 4)
      #expect(windows.count == starts)
      let evaluation = try batches(windows, BatchRequest(batchSize: 3))
      expectWindows(evaluation, 4)
      #expect(evaluation.flatMap(\.indices) == (0..<starts).map { 4 * $0 })
      let epoch = try batches(windows, BatchRequest(batchSize: 3, epoch: 1, seed: 2))
      expectWindows(epoch, 4)
      #expect(epoch.flatMap(\.indices) == permutation(of: starts, epoch: 1, seed: 2).map { 4 * $0 })
      let sequential = try TokenWindows(tokens, length: 4, shuffling: .none)
      #expect(
        try batches(sequential, BatchRequest(batchSize: 5, epoch: 1)).flatMap(\.indices) == (0..<starts).map { 4 * $0 })
    }
  }

  @Test func `at random places depend on seed and epoch alone, and reach both ends`() throws {
    try withTokens(12) { tokens in
      let windows = try TokenWindows(tokens, length: 4, randomBatches: 60)
      func places(_ epoch: Int?, _ seed: UInt64 = 1, skipping count: Int = 0) throws -> [Int] {
        var stream = windows.batches(for: BatchRequest(batchSize: 5, epoch: epoch, seed: seed))
        try stream.skip(count)
        var places: [Int] = []
        while let batch = try stream.next() {
          expectWindows([batch], 4)
          places += batch.indices
        }
        return places
      }
      let first = try places(0)
      #expect(first.count == 300 && Set(first) == Set(0...7))
      let others = try [places(1), places(0, 2)]
      #expect(try places(0) == first)
      #expect(!others.contains(first))
      #expect(try places(0, skipping: 59) == Array(first.suffix(5)))
      #expect(try places(nil) == [0, 4])
    }
  }

  @Test func `are of files of any integers`() throws {
    try withFile([1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 128]) { path in
      let tokens = try StoredArray(raw: path, .uint32)
      var stream = try TokenWindows(tokens, length: 1).batches(for: BatchRequest(batchSize: 1))
      #expect(try stream.next()?.labels == Tensor([Int32(2)], shape: [1, 1]))
      let error = #expect(throws: DataError.self) {
        try batches(TokenWindows(tokens, length: 1), BatchRequest(batchSize: 2))
      }
      #expect(error?.reason == .unrepresentable(element: [2], of: nil, value: "2147483648", in: "int32"))
      #expect(error?.offset == 8)
    }
  }

  @Test func `need tokens`() throws {
    func reason(_ bytes: [UInt8], length: Int = 2, _ open: (String) throws -> StoredArray) throws -> DataError.Reason? {
      try withFile(bytes) { path in
        let array = try open(path)
        return #expect(throws: DataError.self) { _ = try TokenWindows(array, length: length) }?.reason
      }
    }
    let few = DataError.Reason.malformed(found: "2 tokens", expected: "3 or more, for a window and the token after it")
    #expect(try reason([1, 0, 2, 0]) { try StoredArray(raw: $0, .uint16) } == few)
    #expect(
      try reason([]) { try StoredArray(raw: $0, .uint16) }
        == .malformed(found: "0 tokens", expected: "3 or more, for a window and the token after it"))
    #expect(
      try reason(npy("<f4", "(1,)", [0, 0, 0, 0])) { try StoredArray(npy: $0) }
        == .malformed(found: "elements of type float32", expected: "tokens, which are read as int32"))
    #expect(
      try reason(npy("|u1", "(2, 2)", [0, 0, 0, 0])) { try StoredArray(npy: $0) }
        == .malformed(found: "shape [2, 2]", expected: "one axis of tokens"))
  }

  /// A file of which the disk holds next to nothing.
  @Test func `of a file of 100 GB are read without its bytes in memory`() throws {
    try withFile([]) { path in
      guard truncate(path, 100_000_000_000) == 0 else { return }
      let windows = try TokenWindows(StoredArray(raw: path, .uint16), length: 64, randomBatches: 3)
      #expect(windows.count == 781_249_999)
      let batches = try batches(windows, BatchRequest(batchSize: 4, epoch: 0))
      #expect(batches.allSatisfy { $0.inputs == Tensor(zeros: [4, 64], dtype: .int32) })
      #expect(Set(batches.flatMap(\.indices)).count == 12)
    }
  }
}
