import Foundation
import Strata

/// Arrays in npz and safetensors files, beside a plain read and write of as many bytes.
enum Arrays {
  static func measure(in directory: String) throws -> [(String, Double)] {
    let tensor = Tensor(normal: [64, 1024, 1024])
    let bytes = Double(tensor.count * 4)
    let file = { (name: String) in directory + "/data-bench." + name }
    defer { for name in ["raw", "npz", "safetensors"] { try? FileManager.default.removeItem(atPath: file(name)) } }
    let data = Data(count: Int(bytes))
    let steps: [(String, () throws -> Void)] = [
      ("raw_write", { try data.write(to: URL(fileURLWithPath: file("raw"))) }),
      ("raw_read", { _ = try Data(contentsOf: URL(fileURLWithPath: file("raw"))) }),
      ("npz_write", { try NPZ.write(["x": tensor], to: file("npz")) }),
      ("npz_read", { _ = try NPZ.read(file("npz")) }),
      ("safetensors_write", { try Safetensors.write(["x": tensor], to: file("safetensors")) }),
      ("safetensors_read", { _ = try Safetensors.read(file("safetensors")) }),
    ]
    var rates: [String: [Double]] = [:]
    for _ in 0..<5 {
      for (name, step) in steps { rates[name, default: []].append(try bytes / 1e6 / Clock.measure(step).seconds) }
    }
    return steps.map { ($0.0 + "_megabytes_per_second", rates[$0.0]!.sorted()[2]) }
  }
}
