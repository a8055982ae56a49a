import Foundation
import StrataData
import StrataImages
import StrataTensor

/// Small images of every kind, and what is to be read of them: Tests/References/make_images.py.
enum References {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "References/images").path

  static let expected = (try? Safetensors.read(folder + "/expected.safetensors")) ?? [:]

  /// The names of the files that can be read.
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    .filter { !$0.hasSuffix("safetensors") && $0 != "cmyk.jpg" }.sorted()

  static func path(_ name: String) -> String { folder + "/" + name }

  static func bytes(_ name: String) -> [UInt8] { (try? contents(of: path(name))) ?? [] }
}

extension Image {
  /// The samples as whole numbers [C, H, W].
  var numbers: Tensor {
    let numbers: [Int32] =
      switch samples {
      case .uint8(let samples): samples.map(Int32.init)
      case .uint16(let samples): samples.map(Int32.init)
      }
    return Tensor(numbers, shape: [height, width, channels]).permuted([2, 0, 1])
  }

  /// An image of these whole numbers, [H, W, C].
  init(_ numbers: [Int], width: Int, channels: Int = 1, bitDepth: Int = 8) {
    self.init(
      width: width, height: numbers.count / width / channels, channels: channels,
      samples: bitDepth == 8 ? .uint8(numbers.map(UInt8.init)) : .uint16(numbers.map(UInt16.init)))
  }
}
