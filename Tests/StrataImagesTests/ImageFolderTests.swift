import Foundation
import Strata
import StrataImages
import Testing

@Suite(.seeded) struct ImageFolderTests {
  /// Calls `body` with a folder of some of the bundled digits as PNG files, and the data set of those.
  private func withDigits<R>(
    _ count: Int = 40, isolation: isolated (any Actor)? = #isolation, _ body: (String, Dataset) async throws -> R
  ) async throws -> R {
    let data = URL(filePath: #filePath).appending(path: "../../../data/digits").standardizedFileURL.path
    let digits = try Dataset.mnist(in: data, flattened: false).test[0..<count]
    let labels = digits.labels.elements(as: Int.self)
    return try await withDirectory { folder in
      for label in 0..<10 {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(label)", withIntermediateDirectories: true)
      }
      for row in 0..<count {
        try writePNG(digits.inputs[row], to: "\(folder)/\(labels[row])/\(String(1000 + row)).png")
      }
      // In the order of the classes, and there in that of the names.
      let order = (0..<count).sorted { (labels[$0], $0) < (labels[$1], $1) }
      return try await body(folder, digits.gathered(rows: order))
    }
  }

  @Test func `PNG files have the bits of the IDX file that they were made from`() async throws {
    try await withDigits { path, digits in
      let folder = try ImageFolder(path)
      #expect(folder.count == 40 && folder.classes == (0...9).map(String.init))
      #expect(folder.channels == 1 && folder.size == 8 && folder.skipped.isEmpty)
      let data = try folder.dataset()
      #expect(data.inputs.isIdentical(to: digits.inputs))
      #expect(data.labels.isIdentical(to: digits.labels))
      #expect(folder.labels == digits.labels.elements(as: Int.self))
    }
  }

  @Test func `batches are those of the data set in memory, for any number of workers and ahead`() async throws {
    try await withDigits { path, digits in
      let folder = try ImageFolder(path)
      for epoch in [nil, 0, 3] {
        let request = BatchRequest(batchSize: 12, epoch: epoch, seed: 5)
        for workers in 1...2 {
          var (streams, expected) = (
            [folder.batches(for: request), try folder.prefetched().batches(for: request)], digits.batches(for: request)
          )
          #expect(streams.allSatisfy { $0.count == 4 })
          while let batch = try expected.next() {
            for index in streams.indices {
              let read = try #require(try withWorkers(workers) { try streams[index].next() })
              #expect(read.inputs.isIdentical(to: batch.inputs) && read.labels.isIdentical(to: batch.labels))
              #expect(read.indices == batch.indices)
            }
          }
          for index in streams.indices { #expect(try streams[index].next() == nil) }
        }
      }
    }
  }

  @Test func `a model is trained from a folder`() async throws {
    try await withDigits { path, _ in
      let folder = try ImageFolder(path, size: 5, resampling: .area)
      let (train, test) = folder.split(Split(stratifying: folder.labels, test: 0.25))
      #expect(train.count == 30 && test.count == 10 && train.classes == folder.classes)
      #expect(Set(train.files).union(test.files) == Set(folder.files))
      let model = Sequential {
        Flatten(); Linear(25, 10)
      }
      var trainer = Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: Adam(for: model, learningRate: 0.05), progress: .silent)
      let records = try trainer.fit(train.prefetched(), validation: try test.dataset(), epochs: 5, batchSize: 10)
      #expect(records[4].training.loss < records[0].training.loss)
    }
  }

  @Test func `parts have the files of their rows, and may be empty`() async throws {
    try await withDigits(5) { path, digits in
      let folder = try emptyClassesRemoved(path)
      let part = folder.gathered(rows: [4, 0])
      #expect(part.files == [folder.files[4], folder.files[0]] && part.labels == [folder.labels[4], folder.labels[0]])
      #expect(try part.dataset().inputs.isIdentical(to: digits.inputs.gathered(rows: [4, 0])))
      let none = try folder.gathered(rows: []).dataset()
      #expect(none.count == 0 && none.inputs.shape == [0, 1, 8, 8])
      var stream = folder.gathered(rows: [2]).batches(for: BatchRequest(batchSize: 4))
      #expect(try stream.next()?.count == 1)
    }
  }

  private func emptyClassesRemoved(_ path: String) throws -> ImageFolder {
    for name in try FileManager.default.contentsOfDirectory(atPath: path)
    where try FileManager.default.contentsOfDirectory(atPath: path + "/" + name).isEmpty {
      try FileManager.default.removeItem(atPath: path + "/" + name)
    }
    return try ImageFolder(path)
  }

  @Test func `files are found in subdirectories and through links, by their ending, in the order of their bytes`()
    throws
  {
    try withDirectory { folder in
      let image = References.bytes("gray8.png")
      for name in [
        "b/z.PNG", "b/Z.png", "b/é.png", "b/a/deep/1.png", "b/a.png", "b/.hidden.png", "b/.git/x.png", "b/notes.txt",
        ".c/x.png", "x.png",
      ] {
        try write(image, to: folder + "/images/" + name)
      }
      try write(References.bytes("gray.jpg"), to: folder + "/far/x.jpeg")
      try FileManager.default.createSymbolicLink(atPath: folder + "/images/B", withDestinationPath: folder + "/far")
      try FileManager.default.createSymbolicLink(atPath: folder + "/far/circle", withDestinationPath: folder + "/far")
      let found = try ImageFolder(folder + "/images", size: 4)
      #expect(found.classes == ["B", "b"])
      #expect(
        found.files
          == ["B/x.jpeg", "b/Z.png", "b/a.png", "b/a/deep/1.png", "b/z.PNG", "b/é.png"].map { folder + "/images/" + $0 }
      )
      #expect(found.labels == [0, 1, 1, 1, 1, 1])
    }
  }

  @Test func `images are brought to the channels and the size that are asked for`() throws {
    try withDirectory { folder in
      for name in ["photo.png", "overlay.png", "rgb_444.jpg", "gray16.png"] {
        try write(References.bytes(name), to: folder + "/a/" + name)
      }
      for (fit, resampling) in [(Fit.cropped, Resampling.bilinear()), (.stretched, .area)] {
        let data = try ImageFolder(
          folder, channels: 3, size: [6, 10], resampling: resampling, fit: fit, alpha: .composited(onto: 1)
        ).dataset()
        #expect(data.inputs.shape == [4, 3, 6, 10])
        for (row, name) in ["gray16.png", "overlay.png", "photo.png", "rgb_444.jpg"].enumerated() {
          let image = try Image(References.path(name)).converted(channels: 3, alpha: .composited(onto: 1))
          #expect(data.inputs[row].isIdentical(to: image.tensor().resized(to: [6, 10], by: resampling, fit: fit)))
        }
      }
    }
  }

  @Test func `images that differ are refused unless they are converted`() throws {
    try withDirectory { folder in
      try write(References.bytes("gray8.png"), to: folder + "/a/1.png")
      try write(References.bytes("rgb8.png"), to: folder + "/a/2.png")
      try write(References.bytes("gray.jpg"), to: folder + "/a/3.jpg")
      func expect(_ message: String, _ body: () throws -> Void) throws {
        let error = #expect(throws: DataError.self) { try body() }
        #expect(error?.description.replacingOccurrences(of: folder + "/", with: "") == message)
      }
      try expect(
        "a/2.png: 3 channels instead of 1 channels, as a/1.png has; give ImageFolder the channels to convert images to"
      ) {
        _ = try ImageFolder(folder)
      }
      try expect(
        "a/3.jpg: 25 × 18 pixels instead of 11 × 7 pixels, as a/1.png has; give ImageFolder the size to bring images to"
      ) {
        _ = try ImageFolder(folder, channels: 1)
      }
      #expect(try ImageFolder(folder, channels: 1, size: 5).dataset().inputs.shape == [3, 1, 5, 5])
      try expect("b: no such file") { _ = try ImageFolder(folder + "/b") }
      try expect("a: no directories instead of one for each class") { _ = try ImageFolder(folder + "/a") }
      try expect("a/1.png: cannot be read: it is no directory that can be listed") {
        _ = try ImageFolder(folder + "/a/1.png")
      }
      try write([1], to: folder + "/none/readme.txt")
      try expect("none: no images instead of those of a class") { _ = try ImageFolder(folder, channels: 1, size: 5) }
    }
  }

  @Test func `damaged files are refused, or left out and listed`() throws {
    try withDirectory { folder in
      let image = References.bytes("gray8.png")
      for name in ["a/1.png", "a/3.png", "b/6.png"] { try write(image, to: "\(folder)/\(name)") }
      // What a header shows is found when the folder is opened, …
      try write(Array("GIF89a".utf8), to: folder + "/a/2.gif")
      #expect(throws: DataError.self) { _ = try ImageFolder(folder) }
      let skipping = try ImageFolder(folder, damaged: .skipped)
      #expect(skipping.skipped.map(\.path) == [folder + "/a/2.gif"] && skipping.labels == [0, 0, 1])
      try FileManager.default.removeItem(atPath: folder + "/a/2.gif")
      // … and damage to pixels when they are read, unless it is to be found before.
      try write(changed(image, at: 50), to: folder + "/a/2.png")
      try write(changed(image, at: 50), to: folder + "/b/5.png")
      let refusing = try ImageFolder(folder)
      #expect(refusing.count == 5)
      let first = DataError.Reason.wrongChecksum(of: "the chunk IDAT")
      for workers in 1...2 {
        let error = #expect(throws: DataError.self) { _ = try withWorkers(workers) { try refusing.dataset() } }
        #expect(error?.path == folder + "/a/2.png" && error?.reason == first)
      }
      var stream = refusing.batches(for: BatchRequest(batchSize: 1))
      _ = try stream.next()
      #expect(throws: DataError.self) { _ = try stream.next() }
      let left = try ImageFolder(folder, damaged: .skipped)
      #expect(left.skipped.map(\.path) == [folder + "/a/2.png", folder + "/b/5.png"])
      #expect(try left.dataset().labels == Tensor(labels: [0, 0, 1]))
      #expect(throws: DataError.self) { _ = try ImageFolder(folder, damaged: .skipped, pixelLimit: 10) }
    }
  }

  @Test func `labels are checked before the first step`() async throws {
    try await withDigits { path, _ in
      let linear = Linear(64, 9)
      let (model, before) = (
        Sequential {
          Flatten(); linear
        }, linear.weight.value
      )
      var trainer = Trainer(
        model, loss: SoftmaxCrossEntropy(), optimizer: SGD(for: model, learningRate: 0.1), progress: .silent)
      let folder = try ImageFolder(path)
      #expect(throws: (any Error).self) { try trainer.fit(folder, epochs: 1, batchSize: 4) }
      #expect(linear.weight.value.isIdentical(to: before))
    }
  }
}
