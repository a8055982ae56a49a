import ExampleSupport
import Foundation
import Strata
import StrataImages

/// The images that a network learns from and those that it is tested on.
struct ImageData {
  typealias Source = any BatchSource<Tensor, Tensor> & Sendable

  let train, test: Source
  let (trainCount, testCount): (Int, Int)
  /// The shape of an image, `[C, H, W]`.
  let shape: Shape
  let classes: Int
  /// The names of the classes; empty where they have only numbers.
  let classNames: [String]

  /// The images of `--data`: files in the format of MNIST, or class folders in `train` and `test`, or class folders of which a
  /// fifth is for the test; the bundled digits without it.
  ///
  /// - Throws: `DataError`, or ``InputError`` where training and test do not belong together.
  init(_ settings: ImageClassifierSettings) throws {
    func has(_ folder: String) -> Bool {
      var isDirectory: ObjCBool = false
      let path = settings.common.data.map { "\($0)/\(folder)" } ?? ""
      return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
    guard let directory = settings.common.data, !Self.hasIDX(directory) else {
      let (train, test) = try settings.common.loadDigits()
      (self.train, self.test, trainCount, testCount) = (train, test, train.count, test.count)
      shape = train.inputs.shape.rowShape
      classes = 1 + Int(max(train.labels.max().item, test.labels.max().item))
      classNames = []
      return
    }
    let size = settings.size.map { Size2D($0) }
    let (train, test): (ImageFolder, ImageFolder)
    if has("train"), has("test") {
      train = try ImageFolder("\(directory)/train", size: size)
      test = try ImageFolder("\(directory)/test", channels: train.channels, size: train.size)
      guard test.classes == train.classes else {
        throw InputError("\(directory): train and test have other classes: \(train.classes) and \(test.classes)")
      }
    } else {
      let folder = try ImageFolder(directory, size: size)
      (train, test) = folder.split(Split(stratifying: folder.labels, test: 0.2, seed: settings.common.seed))
    }
    (self.train, self.test, trainCount, testCount) = (train, test, train.count, test.count)
    shape = [train.channels, train.size.height, train.size.width]
    (classes, classNames) = (train.classes.count, train.classes)
  }

  /// Whether there is one of the four files of MNIST.
  private static func hasIDX(_ directory: String) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.contains { $0.hasPrefix("train-") || $0.hasPrefix("t10k-") }
  }
}
