import Foundation
import Strata
import StrataTensor
import Testing

@testable import StrataDiagnosis

/// Where two runs begin to differ, by their digests.
@Suite(.seeded) struct RunComparisonTests {
  private static let data = Dataset(
    inputs: withSeed(3) { Tensor(normal: [40, 6]) }, labels: Tensor(labels: (0..<40).map { $0 % 3 }))

  /// Flips the last bit of an entry of a parameter before a step, after which the run ends.
  private struct Flip: Callback {
    let step: Int
    let path: String
    let entry: Int

    func beforeStep(_ trainer: inout some TrainingLoop) {
      guard trainer.stepsDone + 1 == step else { return }
      let parameter = trainer.model.parameters.first { $0.path == path }!.parameter
      var value = parameter.value
      switch value.dtype {
      case .float64:
        value.withUnsafeMutableElements(as: Double.self) { $0[entry] = Double(bitPattern: $0[entry].bitPattern ^ 1) }
      default:
        value.withUnsafeMutableElements(as: Float.self) { $0[entry] = Float(bitPattern: $0[entry].bitPattern ^ 1) }
      }
      parameter.value = value
    }

    func afterStep(_ trainer: inout some TrainingLoop) { if trainer.stepsDone == step { trainer.isFinished = true } }
  }

  private static func model(_ seed: UInt64 = 1, _ dtype: DType = .float32) -> Sequential {
    let model = withSeed(seed) {
      Sequential {
        Linear(6, 8); BatchNorm(8); ReLU(); Dropout(0.2); Linear(8, 3)
      }
    }
    model.convert(to: dtype)
    return model
  }

  private static func train(
    _ model: Sequential = model(), _ data: Dataset = data, epochs: Int = 2, callbacks: [any Callback]
  ) throws {
    var trainer = Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), seed: 5, progress: .silent, callbacks: callbacks)
    try trainer.fit(data, epochs: epochs, batchSize: 10)
  }

  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "digests-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  @Test func `200 of 200 last bits of weights are found at their step, layer and entry`() throws {
    try withDirectory { directory in
      var generator = RandomGenerator.next()
      for dtype in [DType.float32, .float64] {
        let data = Dataset(inputs: Self.data.inputs.converted(to: dtype), labels: Self.data.labels)
        let whole = "\(directory)/whole"
        try Self.train(Self.model(1, dtype), data, callbacks: [RunDigest(whole)])
        let parameters = Self.model().parameters
        for _ in 0..<100 {
          let (path, parameter) = parameters.randomElement(using: &generator)!
          let step = Int.random(in: 1...8, using: &generator)
          let entry = Int.random(in: 0..<parameter.shape.count, using: &generator)
          let planted = "\(directory)/planted"
          try Self.train(
            Self.model(1, dtype), data, callbacks: [Flip(step: step, path: path, entry: entry), RunDigest(planted)])
          let comparison = try compareRuns(whole, planted)
          let first = try #require(comparison.first)
          #expect(first.step == step && first.tensor.role == .parameter && first.tensor.path == path)
          #expect(first.tensor.layer == String(path.first!) && comparison.equalCount == step - 1)
          let columns = parameter.shape.lengths.last!
          #expect(first.entry == (parameter.shape.rank == 1 ? [entry] : [entry / columns, entry % columns]))
          #expect(comparison.differences.count { $0.tensor.role == .parameter } == 1 && first.entryCount == 1)
        }
      }
    }
  }

  @Test func `the same run has the same bits, with other workers too, and its final state is compared`() throws {
    try withDirectory { directory in
      for workers in [1, 2] {
        try withWorkers(workers) { try Self.train(callbacks: [RunDigest("\(directory)/\(workers)")]) }
      }
      let same = try compareRuns("\(directory)/1", "\(directory)/2")
      #expect(same.stepCount == 9 && same.equalCount == 9 && same.first == nil)
      #expect("\(same)" == "the runs have the same bits in all 9 records")
      // A shorter run is as far as it goes the same; what the fourth step left is there as well.
      try Self.train(epochs: 1, callbacks: [RunDigest("\(directory)/short")])
      let short = try compareRuns("\(directory)/1", "\(directory)/short")
      #expect(short.stepCount == 5 && short.first == nil)
    }
  }

  @Test func `data, streams, statistics, rates and models`() throws {
    try withDirectory { directory in
      func digest(_ name: String, _ train: ([any Callback]) throws -> Void) throws -> String {
        try train([RunDigest("\(directory)/\(name)")])
        return "\(directory)/\(name)"
      }
      let whole = try digest("whole") { try Self.train(callbacks: $0) }
      func first(_ name: String, _ train: ([any Callback]) throws -> Void) throws -> RunDifference? {
        try compareRuns(whole, try digest(name, train)).first
      }
      // Another row of inputs, and another label: at the first step, whatever batch they are in.
      var inputs = Self.data.inputs
      inputs[17] = inputs[17] + 1
      let changed = try #require(
        try first("inputs") {
          try Self.train(Self.model(), Dataset(inputs: inputs, labels: Self.data.labels), callbacks: $0)
        })
      #expect(changed.tensor.role == .input && changed.tensor.shape == [10, 6] && changed.entry == nil)
      let labels = Tensor(labels: (0..<40).map { $0 == 17 ? 0 : $0 % 3 })
      let label = try #require(
        try first("labels") {
          try Self.train(Self.model(), Dataset(inputs: Self.data.inputs, labels: labels), callbacks: $0)
        })
      #expect(label.tensor.role == .label && label.entry?.count == 1)

      let stream = Self.model()
      ModelContents(of: stream).streams[0].stream.position = 7
      let moved = try #require(try first("stream") { try Self.train(stream, callbacks: $0) })
      #expect(moved.tensor.role == .stream && moved.tensor.path.hasPrefix("3") && moved.entry == [0])

      let statistic = Self.model()
      ModelContents(of: statistic).statistics[0].statistic.value = Tensor(repeating: 0.5, shape: [8])
      let mean = try #require(try first("statistic") { try Self.train(statistic, callbacks: $0) })
      #expect(mean.tensor.role == .statistic && mean.tensor.layer == "1" && mean.step == 1)

      let scheduled = try #require(
        try first("rate") { try Self.train(callbacks: [Schedule { $0 < 4 ? 1e-3 : 2e-3 }] + $0) })
      #expect(scheduled.tensor.role == .rate && scheduled.step == 5 && scheduled.values == [1e-3, 2e-3])

      let other = withSeed(1) {
        Sequential {
          Linear(6, 9); BatchNorm(9); ReLU(); Dropout(0.2); Linear(9, 3)
        }
      }
      let shape = try #require(try first("model") { try Self.train(other, callbacks: $0) })
      #expect("\(shape)" == "parameter 0.weight [6, 8] in the first run, parameter 0.weight [6, 9] in the second")
      let small = withSeed(1) { Sequential { Linear(6, 3) } }
      let lone = try compareRuns(whole, try digest("small") { try Self.train(small, callbacks: $0) }).differences
      #expect(lone.contains { "\($0)" == "parameter 4.bias [3]: only one of the runs has it" })
    }
  }

  @Test func `values of the steps around a difference show every entry and what made it`() throws {
    try withDirectory { directory in
      try Self.train(callbacks: [RunDigest("\(directory)/a", valuesAt: 4...5)])
      let flip = Flip(step: 5, path: "0.weight", entry: 9)
      try Self.train(callbacks: [flip, RunDigest("\(directory)/b", valuesAt: 5...5)])
      let comparison = try compareRuns("\(directory)/a", "\(directory)/b")
      let first = try #require(comparison.first)
      #expect(first.entry == [1, 1] && first.entryCount == 1 && first.values.count == 2 && first.step == 5)
      #expect(first.values[0] != first.values[1] && abs(first.values[0] - first.values[1]) < 1e-6)
      let roles = comparison.differences.map(\.tensor.role)
      #expect(roles.contains(.output) && roles.contains(.gradient) && !roles.contains(.memory))
      let output = try #require(comparison.differences.first { $0.tensor.role == .output })
      #expect(output.tensor.path == "0" && output.tensor.shape == [10, 8] && output.entry?[1] == 1)
      #expect("\(comparison)".contains("entry [1, 1] alone: ") && !"\(comparison)".contains("valuesAt"))
      // Looking has changed nothing.
      try Self.train(callbacks: [RunDigest("\(directory)/plain")])
      #expect(try compareRuns("\(directory)/a", "\(directory)/plain").first == nil)
    }
  }

  @Test func `a difference in many entries asks for their values`() throws {
    try withDirectory { directory in
      for seed in [1, 2] as [UInt64] {
        try Self.train(Self.model(seed), callbacks: [RunDigest("\(directory)/\(seed)")])
      }
      let text = "\(try compareRuns("\(directory)/1", "\(directory)/2"))"
      #expect(
        text.hasPrefix(
          "the runs differ first in step 1, after 0 records with the same bits:\n  parameter 0.weight [6, 8]"))
      #expect(text.contains("more than one place") && text.contains("valuesAt: 1...1"))
    }
  }

  @Test func `a run that goes on from a checkpoint goes on with its file`() throws {
    try withDirectory { directory in
      struct Killed: Error {}
      struct Kill: Callback {
        func atRest(_ trainer: inout some TrainingLoop) throws { if trainer.stepsDone == 7 { throw Killed() } }
      }
      func run(_ file: String, _ callbacks: [any Callback], resumes: Bool = false) throws {
        let model = Self.model()
        var trainer = Trainer(
          model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model), seed: 5, progress: .silent,
          callbacks: callbacks + [RunDigest("\(directory)/\(file)")])
        if resumes { try trainer.resume(from: "\(directory)/checkpoints") }
        try trainer.fit(Self.data, epochs: 3 - trainer.epochsDone, batchSize: 10)
      }
      try run("whole", [])
      let checkpointer = Checkpointer("\(directory)/checkpoints", everySteps: 3)
      #expect(throws: CallbackError.self) { try run("killed", [checkpointer, Kill()]) }
      #expect(try compareRuns("\(directory)/whole", "\(directory)/killed").stepCount == 8)
      try run("killed", [checkpointer], resumes: true)
      let comparison = try compareRuns("\(directory)/whole", "\(directory)/killed")
      #expect(comparison.stepCount == 13 && comparison.first == nil, "\(comparison)")
      let files = try ["whole", "killed"].map { try Data(contentsOf: URL(filePath: "\(directory)/\($0)")) }
      #expect(files[0] == files[1])
    }
  }

  @Test func `truncated and flipped files are read as far as they go or refused`() throws {
    try withDirectory { directory in
      let (path, broken) = ("\(directory)/whole", "\(directory)/broken")
      try Self.train(epochs: 1, callbacks: [RunDigest(path, valuesAt: 2...2)])
      let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
      func read(_ bytes: [UInt8]) throws -> RunComparison {
        try Data(bytes).write(to: URL(filePath: broken))
        return try compareRuns(path, broken)
      }
      for count in Array(stride(from: 0, to: bytes.count, by: 97)) + [bytes.count - 1] {
        if count < 8 {
          #expect(throws: DataError.self) { try read(Array(bytes[..<count])) }
        } else {
          let comparison = try read(Array(bytes[..<count]))
          #expect(comparison.first == nil && comparison.stepCount < 5)
        }
      }
      for place in stride(from: 0, to: bytes.count, by: 61) {
        var flipped = bytes
        flipped[place] ^= 1 << UInt8(place % 8)
        #expect(throws: DataError.self, "byte \(place)") { try read(flipped) }
      }
      #expect(throws: DataError.self) { try compareRuns(path, "\(directory)/none") }
      // A file of the version before this one.
      let old = Array("STRATAD1".utf8) + bytes.dropFirst(8)
      #expect { try read(old) } throws: { "\($0)".contains("digests of another version of Strata") }
    }
  }

  @Test func `records that are whole and make no sense are refused`() throws {
    try withDirectory { directory in
      let path = "\(directory)/made"
      func refuse(_ kind: DigestRecord.Kind, _ content: [UInt8]) throws {
        let tensor = DigestRecord.bytes(of: RunTensor(role: .parameter, path: "0.weight", shape: [2], dtype: .float32))
        func record(_ kind: DigestRecord.Kind, _ bytes: [UInt8]) -> [UInt8] {
          DigestRecord.head(kind, byteCount: bytes.count) + bytes + little(bytes[...].xxh64)
        }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let all = DigestRecord.magic + record(.tensor, tensor) + record(kind, content)
        try Data(all).write(to: URL(filePath: path))
        #expect(throws: DataError.self) { try compareRuns(path, path) }
      }
      let step = little(UInt64(1))
      try refuse(.step, [1, 2, 3])
      try refuse(.step, step + [1, 2, 3])
      try refuse(.step, little(UInt64.max))
      try refuse(.step, step + little(UInt32(7)) + little(UInt64(0)) + little(UInt64(0)))
      try refuse(.values, step)
      try refuse(.values, step + little(UInt32(9)))
      try refuse(.values, step + little(UInt32(0)) + [1, 2, 3])
      try refuse(.tensor, [])
      try refuse(.tensor, [200, 0, 0])
      try refuse(.tensor, [0, 9, 0])
      try refuse(.tensor, [0, 0, 3, 1])
      try refuse(.tensor, [0, 0, 1] + little(UInt64.max))
      try refuse(.tensor, [0, 0, 2] + little(UInt64(1) << 40) + little(UInt64(1) << 40))
      try refuse(.tensor, [0, 0, 0, 0xFF])
    }
  }
}
