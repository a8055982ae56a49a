import Foundation
import StrataData
import StrataLayers
import StrataTensor

/// Images in one directory for each class, read and decoded when they are asked for.
///
/// ```swift
/// let folder = try ImageFolder("flowers", channels: 3, size: 64)      // flowers/daisy/1.jpg, flowers/rose/7.png, …
/// let (train, test) = folder.split(Split(stratifying: folder.labels, test: 0.2))
/// try trainer.fit(train.prefetched(), validation: try test.dataset(), epochs: 10)
/// ```
///
/// Classes are the directories in order of their names, examples the files in order of their paths, both by their bytes in
/// UTF-8. Files whose names end like those of images are taken, in subdirectories too; hidden ones are not. A batch has
/// `float32` inputs [B, C, H, W] from 0 to 1, which are decoded on the process's workers, and `int32` labels [B]. Batches
/// are those of ``dataset()``, bit by bit, in the same order.
public struct ImageFolder: BatchSource, Sendable {
  /// The names of the classes; a label is an index of them.
  public let classes: [String]

  /// The paths of the images, class by class.
  public private(set) var files: [String]

  /// The class of each image.
  public private(set) var labels: [Int]

  /// The errors of the files that were left out.
  public let skipped: [DataError]

  /// The number of channels of every image.
  public let channels: Int

  /// The height and width of every image.
  public let size: Size2D

  private let path: String
  private let resampling: Resampling
  private let fit: Fit
  private let alpha: AlphaRule
  private let pixelLimit: Int

  /// The images in the directories of a directory.
  ///
  /// - Parameters:
  ///   - path: The directory that has one for each class.
  ///   - channels: The number of channels to convert images to, by ``Image/converted(channels:alpha:)``; nil where all have
  ///     the same.
  ///   - size: The height and width to bring images to, by `resized(to:by:fit:)`; nil where all have the same.
  ///   - resampling: How elements of images of another size are made.
  ///   - fit: What becomes of images of another shape.
  ///   - alpha: What becomes of an alpha channel where `channels` has none.
  ///   - damaged: What becomes of files that cannot be read.
  ///   - pixelLimit: How many pixels a file may declare.
  /// - Throws: `DataError` if there are no classes or a class has no images, if images differ in what is to be the same, or
  ///   if the header of a file is damaged and damaged files are refused.
  public init(
    _ path: String, channels: Int? = nil, size: Size2D? = nil, resampling: Resampling = .bilinear(),
    fit: Fit = .cropped, alpha: AlphaRule = .dropped, damaged: DamagedFiles = .refused,
    pixelLimit: Int = Image.pixelLimit
  ) throws(DataError) {
    require(
      1...4 ~= channels ?? 1 && size?.isPossible ?? true,
      "ImageFolder: \(channels ?? 1) channels of \(size ?? 1) pixels are not possible; give 1 to 4, and sides of 1 to \(1 << 20)"
    )
    let classes = try Self.directories(in: path)
    var (files, labels) = ([String](), [Int]())
    for (label, name) in classes.enumerated() {
      let found = try Self.images(in: path + "/" + name)
      files += found
      labels += Array(repeating: label, count: found.count)
    }
    let results = parallelMap(files.count) { index -> Result<ImageHeader, DataError> in
      Result { () throws(DataError) in
        let header = try ImageHeader.read(files[index], pixelLimit: pixelLimit)
        if damaged == .skipped { _ = try Image(files[index], pixelLimit: pixelLimit) }
        return header
      }
    }
    var (kept, headers, skipped) = ([Int](), [ImageHeader](), [DataError]())
    for (index, result) in results.enumerated() {
      do {
        headers.append(try result.get())
        kept.append(index)
      } catch {
        if damaged == .refused { throw error }
        skipped.append(error)
      }
    }
    (files, labels) = (kept.map { files[$0] }, kept.map { labels[$0] })
    let present = Set(labels)
    if let empty = classes.indices.first(where: { !present.contains($0) }) {
      throw DataError(path + "/" + classes[empty], .malformed(found: "no images", expected: "those of a class"))
    }
    // What is not asked for is as the first image has it.
    func requireSame(_ what: String, _ text: (ImageHeader) -> String) throws(DataError) {
      let first = text(headers[0])
      guard let other = headers.firstIndex(where: { text($0) != first }) else { return }
      throw DataError(
        files[other], .malformed(found: text(headers[other]), expected: "\(first), as \(files[0]) has"),
        advice: "give ImageFolder the \(what)")
    }
    if channels == nil { try requireSame("channels to convert images to") { "\($0.channels) channels" } }
    if size == nil { try requireSame("size to bring images to") { $0.size.text } }
    (self.classes, self.files, self.labels, self.skipped) = (classes, files, labels, skipped)
    (self.channels, self.size) = (channels ?? headers[0].channels, size ?? headers[0].size)
    (self.path, self.resampling, self.fit, self.alpha, self.pixelLimit) = (path, resampling, fit, alpha, pixelLimit)
  }

  /// The number of images.
  public var count: Int { files.count }

  /// The images of these numbers, in this order, with all classes.
  public func gathered(rows: [Int]) -> ImageFolder {
    var part = self
    (part.files, part.labels) = (rows.map { files[$0] }, rows.map { labels[$0] })
    return part
  }

  /// The images of the training and of the test part.
  public func split(_ split: Split) -> (train: ImageFolder, test: ImageFolder) {
    (gathered(rows: split.train), gathered(rows: split.test))
  }

  /// Returns all images in memory: inputs [N, C, H, W] and labels [N].
  ///
  /// - Throws: `DataError` of the first file that is damaged or has changed, or if the images exceed the machine's memory.
  public func dataset() throws(DataError) -> Dataset {
    let byteCount = count.multipliedReportingOverflow(by: channels * size.height * size.width * 4)
    guard !byteCount.overflow, byteCount.partialValue <= ProcessInfo.processInfo.physicalMemory else {
      throw DataError(
        path, .tooLarge("\(count) images of \(size.text) exceed this machine's memory"),
        advice: "train with the folder itself, which is a source of batches")
    }
    return try examples(Array(0..<count))
  }

  /// Returns the images in batches, each decoded when it is asked for, shuffled for an epoch.
  public func batches(for request: BatchRequest) -> BatchStream<Tensor, Tensor> {
    BatchStream(rows: count, .full, for: request, labels: Tensor(labels: labels)) { rows in
      let examples = try examples(rows)
      return Dataset.Batch(inputs: examples.inputs, labels: examples.labels, indices: rows)
    }
  }

  private func examples(_ rows: [Int]) throws(DataError) -> Dataset {
    let inputs = Tensor(uninitialized: [rows.count, channels, size.height, size.width], dtype: .float32)
    let width = inputs.shape.rowShape.count
    let errors = parallelMap(rows.count) { index -> DataError? in
      do throws(DataError) {
        try read(files[rows[index]], into: inputs.mutablePointer(Float.self, at: index * width))
        return nil
      } catch {
        return error
      }
    }
    if let error = errors.lazy.compactMap({ $0 }).first { throw error }
    return Dataset(inputs: inputs, labels: Tensor(labels: rows.map { labels[$0] }))
  }

  private func read(_ file: String, into target: UnsafeMutablePointer<Float>) throws(DataError) {
    let image = try Image(file, pixelLimit: pixelLimit).converted(channels: channels, alpha: alpha)
    if Size2D(image.height, image.width) == size { return image.write(to: target) }
    let resized = image.tensor().resized(to: size, by: resampling, fit: fit)
    resized.withUnsafeElements(as: Float.self) { target.update(from: $0.baseAddress!, count: $0.count) }
  }
}

// MARK: - Directories

extension ImageFolder {
  /// How the names of images end, also of those that are refused: to leave them out would be a loss that nobody sees.
  private static let extensions: Set = [
    "png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "webp", "tif", "tiff", "heic", "avif", "ppm", "pgm",
  ]

  private static func directories(in path: String) throws(DataError) -> [String] {
    let names = try names(in: path) { try FileManager.default.contentsOfDirectory(atPath: $0) }
    let directories = names.filter {
      var isDirectory: ObjCBool = false
      return FileManager.default.fileExists(atPath: path + "/" + $0, isDirectory: &isDirectory) && isDirectory.boolValue
    }
    guard !directories.isEmpty else {
      throw DataError(path, .malformed(found: "no directories", expected: "one for each class"))
    }
    return directories
  }

  private static func images(in path: String) throws(DataError) -> [String] {
    // A link to a directory is followed only where it stands for a class, so that none leads in a circle.
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    return try names(in: target) { try FileManager.default.subpathsOfDirectory(atPath: $0) }
      .filter { extensions.contains(($0 as NSString).pathExtension.lowercased()) }.map { path + "/" + $0 }
  }

  /// Returns the names that are not hidden, in order.
  private static func names(in path: String, _ list: (String) throws -> [String]) throws(DataError) -> [String] {
    let names: [String]
    do { names = try list(path) } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw DataError(path, exists ? .unreadable("it is no directory that can be listed") : .missing)
    }
    return names.filter { !$0.hasPrefix(".") && !$0.contains("/.") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

extension Size2D {
  /// The width and the height in words.
  fileprivate var text: String { "\(width) × \(height) pixels" }
}
