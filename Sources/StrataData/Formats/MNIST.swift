import Foundation
import StrataTensor

extension Dataset {
  /// Reads MNIST, or another data set under its four file names, each plain or gzipped with the extension `.gz`.
  ///
  /// ```swift
  /// let (train, test) = try Dataset.mnist(in: "data/digits")
  /// ```
  ///
  /// - Parameters:
  ///   - directory: The directory of the files `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
  ///     `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`.
  ///   - classes: The number of classes; every label must be less.
  ///   - flattened: Whether an image is one row of numbers; otherwise it keeps its height and width.
  /// - Returns: The training and test sets, with `float32` inputs from 0 to 1 of shape `[N, H·W]` or `[N, 1, H, W]`,
  ///   and `int32` labels of shape `[N]`.
  /// - Throws: ``DataError`` if a file is missing or damaged, or does not agree with the others.
  public static func mnist(
    in directory: String, classes: Int = 10, flattened: Bool = true
  ) throws(DataError) -> (train: Dataset, test: Dataset) {
    require(classes >= 1, "Dataset.mnist: labels of \(classes) classes are not possible")
    let train = try MNISTFiles(directory, prefix: "train")
    let test = try MNISTFiles(directory, prefix: "t10k")
    let size = train.imageSize
    guard test.imageSize == size else {
      throw DataError(
        test.images.path,
        .malformed(found: "images of \(test.imageSize)", expected: "\(size) as in training"), at: 8)
    }
    // Faults in any of the files are found before memory is allocated for the images.
    let trainLabels = try train.readLabels(below: classes)
    let testLabels = try test.readLabels(below: classes)
    if train.images.tensorByteCount + test.images.tensorByteCount > ContentReader.uncheckedLimit {
      try train.images.check()
      try test.images.check()
    }
    return (
      try train.dataset(labels: trainLabels, flattened: flattened),
      try test.dataset(labels: testLabels, flattened: flattened)
    )
  }
}

/// The two files of images and labels, whose headers agree.
private struct MNISTFiles {
  let images: IDXFile
  private let labels: IDXFile

  init(_ directory: String, prefix: String) throws(DataError) {
    images = try Self.find("\(prefix)-images-idx3-ubyte", in: directory)
    labels = try Self.find("\(prefix)-labels-idx1-ubyte", in: directory)
    try images.require(.ubyte)
    try labels.require(.ubyte)
    guard images.shape.rank == 3, images.shape.count > 0 else {
      throw DataError(
        images.path, .malformed(found: "shape \(images.shape)", expected: "[images, height, width]"), at: 3)
    }
    guard labels.shape == [images.shape[0]] else {
      throw DataError(
        labels.path,
        .malformed(found: "shape \(labels.shape)", expected: "[\(images.shape[0])], a label for each image"),
        at: 4)
    }
  }

  private static func find(_ name: String, in directory: String) throws(DataError) -> IDXFile {
    let path = (directory as NSString).appendingPathComponent(name)
    do {
      return try IDXFile(path)
    } catch  where error.reason == .missing {
      do {
        return try IDXFile(path + ".gz")
      } catch  where error.reason == .missing {
        throw DataError(
          path, .missing,
          advice: "it, or it with .gz, is one of the four files of MNIST, which data/fetch_mnist.sh downloads")
      }
    }
  }

  var imageSize: [Int] { Array(images.shape.lengths.dropFirst()) }

  func readLabels(below classes: Int) throws(DataError) -> Tensor {
    let labels = try labels.read(scaled: false)
    if let index = labels.elements(Int32.self).firstIndex(where: { $0 >= classes }) {
      let label = Int(labels.elements(Int32.self)[index])
      throw DataError(
        self.labels.path, .malformed(found: "label \(label)", expected: "one below \(classes)"), at: 8 + index
      )
    }
    return labels
  }

  func dataset(labels: Tensor, flattened: Bool) throws(DataError) -> Dataset {
    let count = images.shape[0]
    let shape = flattened ? Shape([count, imageSize[0] * imageSize[1]]) : Shape([count, 1] + imageSize)
    return Dataset(inputs: try images.read(scaled: true).reshaped(to: shape), labels: labels)
  }
}
