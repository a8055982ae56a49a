import Foundation
import Strata
import StrataData
import StrataTensor
import Testing

@testable import StrataTraining

/// Logs of a run: what their files hold, and how they go on.
@Suite(.seeded) struct LogTests {
  private static let data = Dataset(
    inputs: withSeed(3) { Tensor(normal: [40, 2]) }, labels: Tensor(labels: (0..<40).map { $0 % 3 == 0 ? 0 : 1 }))

  private func trainer(_ callbacks: any Callback...) -> Trainer<Linear, SoftmaxCrossEntropy, SGD> {
    let model = Linear(2, 2)
    return Trainer(
      model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent,
      validationMetrics: [Recall()], callbacks: callbacks)
  }

  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  private func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  @Test func `a table has a row an epoch, and goes on where it ended`() throws {
    try withDirectory { directory in
      let path = directory + "/new/epochs.csv"
      var trainer = trainer(CSVLog(path))
      try trainer.fit(Self.data, validation: Self.data, epochs: 3, batchSize: 10)
      let first = try lines(path)
      #expect(
        first[0] == "epoch,step,loss,accuracy,validation loss,validation accuracy,validation recall,rate,seconds")
      #expect(first.count == 4 && first[3].hasPrefix("3,12,\(trainer.history[2].training.loss),"))
      // An epoch that is trained again, as after a kill, replaces its row; a new figure becomes a column.
      struct Twice: Callback {
        func afterEpoch(_ trainer: inout some TrainingLoop) { trainer.metrics["a,b"] = 2 }
      }
      trainer.epochsDone = 2
      trainer.callbacks.insert(Twice(), at: 0)
      try trainer.fit(Self.data, epochs: 2, batchSize: 10)
      let second = try lines(path)
      #expect(second[0] == first[0] + ",a b" && second[1...2].elementsEqual(first[1...2].map { $0 + "," }))
      #expect(second.count == 5 && second[3].hasPrefix("3,16,") && second[4].hasPrefix("4,20,"))
      #expect(second.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 10 })
    }
  }

  @Test func `a log has an object a line, with null for what is not finite, and ends with the failure`() throws {
    try withDirectory { directory in
      struct Odd: Callback {
        func afterEpoch(_ trainer: inout some TrainingLoop) { trainer.metrics["odd"] = .nan }
        func beforeStep(_ trainer: inout some TrainingLoop) throws {
          if trainer.stepsDone == 5 { throw CancellationError() }
        }
      }
      let path = directory + "/events.jsonl"
      var trainer = trainer(Odd(), JSONLinesLog(path, everySteps: 2))
      #expect(throws: CallbackError.self) { try trainer.fit(Self.data, epochs: 3, batchSize: 10) }
      let objects = try lines(path).map {
        try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
      #expect(objects.map { $0["event"] as? String } == ["step", "step", "epoch", "failure"])
      #expect(objects[0]["step"] as? Int == 2 && objects[0]["loss"] as? Double != nil)
      #expect(objects[2]["odd"] is NSNull)
      // By its digits: JSONSerialization reads about half of all numbers with an error in the last bit.
      #expect(try lines(path)[2].contains("\"loss\":\(trainer.history[0].training.loss),"))
      #expect((objects[3]["message"] as? String)?.contains("Odd failed") == true)
    }
  }

  /// A field of a message: its number, and the value as bits or bytes.
  private struct Field {
    let number: Int
    var bits: UInt64 = 0
    var bytes: [UInt8] = []
    var double: Double { Double(bitPattern: bits) }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var fields: [Field] { LogTests.fields(bytes) }
    subscript(number: Int) -> Field? { fields.first { $0.number == number } }
    var doubles: [Double] {
      stride(from: 0, to: bytes.count, by: 8).map { Double(bitPattern: LogTests.littleEndian(bytes[$0..<$0 + 8])) }
    }
  }

  private static func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func fields(_ bytes: [UInt8]) -> [Field] {
    var (fields, at): ([Field], Int) = ([], 0)
    func varint() -> UInt64 {
      var (value, shift) = (UInt64(0), UInt64(0))
      repeat {
        value |= UInt64(bytes[at] & 0x7f) << shift
        (at, shift) = (at + 1, shift + 7)
      } while bytes[at - 1] > 0x7f
      return value
    }
    while at < bytes.count {
      let key = varint()
      var field = Field(number: Int(key >> 3))
      switch key & 7 {
      case 0: field.bits = varint()
      case 1, 5:
        let size = key & 7 == 1 ? 8 : 4
        field.bits = littleEndian(bytes[at..<at + size])
        at += size
      default:
        let count = Int(varint())
        field.bytes = Array(bytes[at..<at + count])
        at += count
      }
      fields.append(field)
    }
    return fields
  }

  /// The events of a file, whose lengths and checksums are right.
  private func events(in directory: String) throws -> [Field] {
    var events: [Field] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: directory).sorted() where name.contains("tfevents")
    {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: directory + "/" + name)))
      var at = 0
      while at < bytes.count {
        let count = Int(Self.littleEndian(bytes[at..<at + 8]))
        for (start, size) in [(at, 8), (at + 12, count)] {
          let crc = CRC32C.checksum(of: Array(bytes[start..<start + size]))
          let masked = (crc >> 15 | crc << 17) &+ 0xa282_ead8
          #expect(Self.littleEndian(bytes[start + size..<start + size + 4]) == UInt64(masked))
        }
        events.append(Field(number: 0, bytes: Array(bytes[at + 12..<at + 12 + count])))
        at += 16 + count
      }
    }
    return events
  }

  @Test func `a checksum is RFC 3720's`() {
    #expect(CRC32C.checksum(of: Array(repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum(of: Array(0..<32)) == 0x46dd_794e)
    #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xe306_9283)
  }

  @Test func `an event file holds what was added, record by record`() throws {
    try withDirectory { directory in
      let file = try EventFile(in: directory)
      try file.add(scalar: 0.5, "loss/mine", step: 300)
      try file.add(histogram: [-1, 0, 2, 2, .nan], "weights", step: 1)
      try file.add(text: "| a |", "settings", step: 0)
      try file.add(image: Tensor([0, 0.5, 1, 2, -1, 0] as [Float], shape: [2, 3]), "digit", step: 7)
      let events = try events(in: directory)
      #expect(events.count == 5 && events[0][3]?.text == "brain.Event:2")
      #expect(abs(events[1][1]!.double - Date.now.timeIntervalSince1970) < 100 && events[1][2]?.bits == 300)
      let values = events.dropFirst().map { $0[5]![1]! }
      #expect(values.map { $0[1]!.text } == ["loss/mine", "weights", "settings", "digit"])
      #expect(Float(bitPattern: UInt32(values[0][2]!.bits)) == 0.5)
      let histogram = values[1][5]!
      #expect([1, 2, 3, 4, 5].map { histogram[$0]!.double } == [-1, 2, 4, 3, 9])
      let (limits, heights) = (histogram[6]!.doubles, histogram[7]!.doubles)
      #expect(limits == limits.sorted() && limits.count == heights.count && heights.reduce(0, +) == 4)
      // Each element lies in a bin: above the end before, and not above its own.
      for (element, count) in [(-1.0, 1.0), (0, 1), (2, 2)] {
        let bin = limits.firstIndex { element <= $0 }!
        #expect(heights[bin] == count && (bin == 0 || limits[bin - 1] <= element), "\(element)")
      }
      #expect(values[2][8]![8]!.text == "| a |" && values[2][9]![1]![1]!.text == "text")
      let image = values[3][4]!
      #expect([1, 2, 3].map { image[$0]!.bits } == [2, 3, 1])
      #expect(image[4]!.bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]))
    }
  }

  @Test func `a log of curves has points of steps and epochs, and histograms of every parameter`() throws {
    try withDirectory { directory in
      var trainer = trainer(TensorBoardLog(directory, everySteps: 3))
      try trainer.fit(Self.data, validation: Self.data, epochs: 2, batchSize: 10)
      let values = try events(in: directory).dropFirst().map { ($0[2]?.bits ?? 0, $0[5]![1]!) }
      func steps(_ tag: String) -> [UInt64] { values.filter { $0.1[1]!.text == tag }.map(\.0) }
      #expect(steps("loss/step") == [3, 6] && steps("gradient norm") == [3, 6])
      for tag in [
        "loss/training", "loss/validation", "accuracy/validation", "recall/validation", "rate", "parameters/weight",
        "parameters/bias", "gradients/weight", "gradients/bias",
      ] {
        #expect(steps(tag) == [4, 8], "\(tag)")
      }
      let losses = values.filter { $0.1[1]!.text == "loss/training" }.map { Float(bitPattern: UInt32($0.1[2]!.bits)) }
      #expect(losses == trainer.history.map { Float($0.training.loss) })
    }
  }

  @Test func `the directory of a run has every log, and says under what circumstances it was made`() throws {
    try withDirectory { directory in
      var trainer = trainer(try RunLog(directory, settings: ["hidden": 64], everySteps: 2, histograms: false))
      try trainer.fit(Self.data, epochs: 1, batchSize: 10)
      let content = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: directory + "/run.json")))
      let run = try #require(content as? [String: [String: String]])
      #expect(run["settings"] == ["hidden": "64"] && run["run"]?["seed"] == "\(Runtime.seed)")
      #expect(try lines(directory + "/epochs.csv").count == 2 && lines(directory + "/events.jsonl").count == 3)
      let texts = try events(in: directory).compactMap { $0[5]?[1]?[8]?[8]?.text }
      #expect(texts.count == 1 && texts[0].contains("| hidden | 64 |"))
    }
  }

  @Test func `a log that cannot be written ends the training with its path`() throws {
    var trainer = trainer(CSVLog("/proc/nothing/epochs.csv"))
    let error = #expect(throws: CallbackError.self) { try trainer.fit(Self.data, epochs: 1) }
    #expect(error?.description.contains("CSVLog failed: /proc/nothing/epochs.csv: ") == true)
  }

  @Test func `the commit is that of the branch, in its file or packed`() throws {
    try withDirectory { directory in
      let git = directory + "/.git"
      try FileManager.default.createDirectory(atPath: git + "/refs/heads", withIntermediateDirectories: true)
      try FileManager.default.createDirectory(atPath: directory + "/a/b", withIntermediateDirectories: true)
      func write(_ name: String, _ text: String) throws {
        try text.write(toFile: git + "/" + name, atomically: true, encoding: .utf8)
      }
      try write("HEAD", "ref: refs/heads/main\n")
      #expect(GitCommit.current(in: directory) == nil)
      try write("packed-refs", "# pack-refs\n1234 refs/heads/other\nabcd refs/heads/main\n")
      #expect(GitCommit.current(in: directory + "/a/b") == "abcd")
      try write("refs/heads/main", "ef01\n")
      #expect(GitCommit.current(in: directory) == "ef01")
      try write("HEAD", "9876\n")
      #expect(GitCommit.current(in: directory) == "9876")
    }
  }
}
