import ExampleSupport
import Foundation
import Strata
import StrataImages
import Testing

@testable import ImageClassifier

@Suite(.seeded) struct `image-classifier` {
  private func run(_ arguments: [String]) -> (code: Int32, output: [String], errors: [String]) {
    let (output, errors) = (Lines(), Lines())
    let io = ExampleIO(output: { output.add($0) }, errors: { errors.add($0) })
    let small = ["--channels", "4,8", "--batch", "32"]
    let code = runExample(small + arguments, io: io, trainImageClassifier)
    return (code, output.all, errors.all.filter { !$0.contains("debug build") })
  }

  private struct Result: Decodable, Equatable {
    let testAccuracy, testLoss: Double
    let epochs, steps, parameters: Int
  }

  private func result(_ line: String?) throws -> Result {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Result.self, from: Data(try #require(line).utf8))
  }

  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.path + "/strata-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  @Test func `learns the bundled digits and prints one JSON object`() throws {
    let (code, output, errors) = run(["--quiet", "--json", "--epochs", "2", "--crop", "0"])
    #expect(code == 0 && errors.isEmpty && output.count == 1)
    let result = try result(output.last)
    #expect(result.testAccuracy > 0.6 && result.epochs == 2 && result.steps == 90)
    // 4 · 9 + 8, twice 4 · 4 · 9 + 8, 8 · 4 · 9 + 8 · 8 · 9 + 8 · 4 + 3 · 16, and 90
    #expect(result.parameters == 44 + 304 + 944 + 90)
  }

  @Test func `augments, mixes, averages and ends after a time`() throws {
    let (code, output, _) = run([
      "--quiet", "--json", "--minutes", "1e-9", "--flip", "--rotate", "10", "--zoom", "0.1", "--erase", "0.3",
      "--mixup",
      "0.2", "--cutmix", "1", "--ema", "0.9",
    ])
    let steps = try result(output.last).steps
    #expect(code == 0 && steps == 1)
  }

  @Test func `writes a picture of what augmentation does`() throws {
    try withDirectory { directory in
      let file = directory + "/preview.png"
      #expect(run(["--quiet", "--epochs", "0", "--crop", "2", "--preview", file]).code == 0)
      let picture = try Image(file).tensor()
      #expect(picture.shape == [1, 80, 100])
      // The first column is the images as they are, in their frames of grey.
      let images = try Dataset.mnist(in: CommonSettings.bundled("digits", ""), flattened: false).train.inputs
      for row in 0..<8 {
        let shown = picture[0, 10 * row + 1..<10 * row + 9, 1..<9]
        #expect((shown - images[row, 0]).norm(.infinity).item < 0.003)
      }
      #expect(!picture[0, 1..<9, 11..<19].isIdentical(to: picture[0, 1..<9, 1..<9]))
    }
  }

  /// The first images of each class, class by class: as IDX files, and as PNG files in class folders.
  private func writeImages(to directory: String) throws {
    let (train, test) = try Dataset.mnist(in: CommonSettings.bundled("digits", ""), flattened: false)
    for (data, prefix, folder, count) in [(train, "train", "train", 6), (test, "t10k", "test", 3)] {
      let labels = data.labels.elements(as: Int.self)
      let rows = (0..<10).flatMap { digit in labels.indices.filter { labels[$0] == digit }.prefix(count) }
      let pixels = (data.inputs.gathered(rows: rows) * 255).elements(as: Float.self).map { UInt8($0.rounded()) }
      let files: [(String, [UInt8])] = [
        ("images-idx3", [0, 0, 8, 3, 0, 0, 0, UInt8(rows.count), 0, 0, 0, 8, 0, 0, 0, 8] + pixels),
        ("labels-idx1", [0, 0, 8, 1, 0, 0, 0, UInt8(rows.count)] + rows.map { UInt8(labels[$0]) }),
      ]
      try FileManager.default.createDirectory(atPath: directory + "/idx", withIntermediateDirectories: true)
      for (name, bytes) in files {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/idx/\(prefix)-\(name)-ubyte"))
      }
      for (place, row) in rows.enumerated() {
        let path = "\(directory)/png/\(folder)/\(labels[row])"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try writePNG(data.inputs[row], to: "\(path)/\(100 + place).png")
      }
    }
  }

  @Test func `makes the same bits of PNG files as of IDX files`() throws {
    try withDirectory { directory in
      try writeImages(to: directory)
      let options = ["--quiet", "--json", "--epochs", "2", "--rotate", "10", "--mixup", "0.2"]
      let idx = run(options + ["--data", directory + "/idx"])
      let png = run(options + ["--data", directory + "/png"])
      let result = try result(idx.output.last)
      #expect(try self.result(png.output.last) == result && result.steps == 4)
      // Folders of classes without train and test are split.
      let whole = run(["--epochs", "0", "--data", directory + "/png/train", "--size", "16"]).output.joined()
      #expect(whole.contains("48 training images, 12 test images, 10 classes") && whole.contains("16, 16"))
    }
  }

  @Test func `refuses wrong options, missing and damaged images in one line`() throws {
    try withDirectory { directory in
      try writeImages(to: directory)
      try FileManager.default.removeItem(atPath: directory + "/png/test/9")
      let image = directory + "/png/train/0/100.png"
      for (arguments, code) in [
        (["--data", directory + "/none"], 65), (["--data", directory + "/png"], 65), (["--size", "0"], 64),
        (["--erase", "1"], 64), (["--preview", directory + "/none/preview.png"], 64), (["--blocks", "x"], 64),
      ] {
        let result = run(arguments + ["--quiet", "--epochs", "0"])
        #expect(result.code == code && result.output.isEmpty && result.errors.count == 1, "\(arguments) \(result)")
      }
      try Data("no picture".utf8).write(to: URL(fileURLWithPath: image))
      let damaged = run(["--data", directory + "/png/train", "--quiet", "--epochs", "0"])
      #expect(damaged.code == 65 && damaged.errors.count == 1 && damaged.errors[0].contains(image))
    }
  }
}
