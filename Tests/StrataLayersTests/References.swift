import Foundation
import Strata
import StrataTensor

/// Numbers that PyTorch computed, from Tests/References.
struct Reference {
  let tensors: [String: Tensor]

  init(_ name: String) throws {
    tensors = try Safetensors.read(Self.directory.appending(path: "\(name).safetensors").path)
  }

  /// The names of all files of layers.
  static func layerFiles() throws -> [String] {
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.appending(path: "layers").path)
    return files.filter { $0.hasSuffix(".safetensors") }.map { String($0.dropLast(12)) }.sorted()
  }

  private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "References")

  subscript(name: String) -> Tensor {
    guard let tensor = tensors[name] else { fatalError("the reference has no tensor \(name)") }
    return tensor
  }

  /// The tensors below `prefix`, without it.
  func group(_ prefix: String) -> [String: Tensor] {
    let start = prefix + "."
    let group = tensors.filter { $0.key.hasPrefix(start) }
    return Dictionary(uniqueKeysWithValues: group.map { (String($0.key.dropFirst(start.count)), $0.value) })
  }
}

/// Returns ‖a − b‖ / ‖b‖ in double precision, or ‖a‖ if b is zero.
func relativeError(_ a: Tensor, _ b: Tensor) -> Double {
  guard a.shape == b.shape else { return .infinity }
  let (a, b) = (a.converted(to: .float64), b.converted(to: .float64))
  let norm = b.sumOfSquares.squareRoot()
  let difference = (a - b).sumOfSquares.squareRoot()
  return norm > 0 ? difference / norm : difference
}
