import ExampleSupport
import Foundation
import Strata
import Testing

@testable import SeriesClassifier

@Suite(.seeded) struct `series-classifier` {
  private func run(_ arguments: String...) -> (code: Int32, output: [String], errors: [String]) {
    let (output, errors) = (Lines(), Lines())
    let io = ExampleIO(output: { output.add($0) }, errors: { errors.add($0) })
    let code = runExample(arguments, io: io, trainSeriesClassifier)
    return (code, output.all, errors.all.filter { !$0.contains("debug build") })
  }

  /// Runs `body` with a directory of the archive whose two files are given.
  private func withArchive(train: String, test: String, _ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID())/Waves").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: (directory as NSString).deletingLastPathComponent) }
    for (part, text) in [("TRAIN", train), ("TEST", test)] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/Waves_\(part).ts"))
    }
    try body(directory)
  }

  private let head = "# two kinds of waves\n@problemName Waves\n\n@classLabel true up down\n@data\n"

  @Test func `generates cylinders, bells and funnels, the same each time`() {
    let data = CylinderBellFunnel.dataset(count: 60, seed: 1)
    #expect(data.inputs.shape == [60, 1, 128])
    #expect(data.inputs == CylinderBellFunnel.dataset(count: 60, seed: 1).inputs)
    #expect(data.inputs != CylinderBellFunnel.dataset(count: 60, seed: 2).inputs)
    #expect(abs(data.inputs.mean(along: 2)).max().item < 1e-6)
    // The noise rises for the whole length of a bell and falls for that of a funnel: its centre is late or early.
    let times = Tensor((0..<128).map(Float.init), shape: [1, 1, 128])
    let raised = maximum(data.inputs, Tensor(zeros: [])) * maximum(data.inputs, Tensor(zeros: []))
    let centres = ((raised * times).sum(along: 2) / raised.sum(along: 2)).reshaped(to: [20, 3]).mean(along: 0)
    #expect(centres[1].item > centres[0].item && centres[0].item > centres[2].item)
  }

  @Test func `has the published network`() {
    // As many weights as TensorFlow's: InceptionTime's own code says 420,192 without the last layer.
    #expect(inceptionNetwork(classes: 3, SeriesClassifierSettings()).parameterCount == 420_192 + 128 * 3 + 3)
  }

  @Test func `reads a data set of the archive, learns, and prints one JSON object`() throws {
    let (up, down) = ("1,2,3,4,5,6,7,8:up\n", "8, 7, 6, 5, 4, 3, 2, 1 : down\r\n")
    try withArchive(train: head + up + down + up + down, test: head + up + down + "5,5,5,5,5,5,5,6:up\n") { directory in
      let (code, output, errors) = run(
        "--data", directory, "--quiet", "--json", "--epochs", "12", "--batch", "4", "--depth", "3", "--filters", "4")
      #expect(code == 0 && errors.isEmpty && output.count == 1)
      #expect(try #require(output.first).contains("\"classes\":2"))
      let accuracy = try #require(output[0].firstMatch(of: /"test_accuracy":([0-9.]+)/)).1
      #expect(try #require(Double(accuracy)) > 0.6)
    }
  }

  @Test(arguments: [
    ("@data\n1,2:a\n1,2,3:b\n", "Waves_TRAIN.ts, line 3: 3 numbers, where the series before have 2"),
    ("@data\n1,2:a\n1,?:b\n", "Waves_TRAIN.ts, line 3: \"?\" is not a number; missing ones are not filled in"),
    ("@data\n1,inf:a\n", "line 2: \"inf\" is not a number"),
    ("@data\n1,2:3,4:a\n", "line 2: 2 colons; a series of one variable has one, before its kind"),
    ("1,2:a\n", "line 1: a series before @data"),
    ("@problemName Waves\n", "there is no series behind a line @data"),
    ("@data\n1,2,3:a\n", "series of 3 numbers to learn from and of 2 to test on"),
    ("@data\n1,2:b\n", "series of the kind \"a\", of which there is none to learn from"),
  ])
  func `says what is wrong with a file`(_ train: String, _ message: String) throws {
    try withArchive(train: train, test: "@data\n1,2:a\n") { directory in
      let (code, _, errors) = run("--data", directory, "--quiet", "--epochs", "0")
      #expect(code == 65 && errors.count == 1 && errors[0].contains(message), "\(code) \(errors)")
    }
  }

  @Test func `shows the network, and refuses what it does not know`() {
    let text = run("--epochs", "0", "--depth", "3", "--filters", "2").output.joined(separator: "\n")
    for part in ["30 series for training, 900 for the test, of 128 numbers", "cylinder, bell, funnel", "kernel: 40"] {
      #expect(text.contains(part), "\(part)")
    }
    let wrong = run("--depth", "4")
    #expect(wrong.code == 64 && wrong.errors.count == 1 && wrong.errors[0].contains("needs a multiple of 3, not 4"))
    let absent = run("--data", "nowhere")
    #expect(absent.code == 65 && absent.errors[0].contains("nowhere_TRAIN.ts cannot be read"))
  }
}
