// Reads every file of arrays in a directory and writes what it read, for other readers to compare: scripts/formats.sh.
//
// Usage:  Formats IN OUT        IN has .npy, .npz and .safetensors files; OUT receives NAME.npy, NAME.npz,
//                               NAME.deflated.npz and NAME.safetensors of each, with one array x from an .npy file.

import Foundation
import StrataData
import StrataTensor

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
  print("usage: Formats IN OUT")
  exit(64)
}
do {
  let names = try FileManager.default.contentsOfDirectory(atPath: arguments[1]).sorted()
  for name in names {
    let (path, target) = (arguments[1] + "/" + name, arguments[2] + "/" + name)
    var tensors: [String: Tensor]
    switch (name as NSString).pathExtension {
    case "npy":
      tensors = ["x": try NPY.read(path)]
      try NPY.write(tensors["x"]!, to: target + ".npy")
    case "npz": tensors = try NPZ.read(path)
    case "safetensors": tensors = try Safetensors.read(path)
    case let other: fatalError("no reader of .\(other)")
    }
    try NPZ.write(tensors, to: target + ".npz")
    try NPZ.write(tensors, to: target + ".deflated.npz", compressed: true)
    try Safetensors.write(tensors, to: target + ".safetensors")
  }
  print("\(names.count) files read, and written in \(arguments[2])")
} catch {
  print("\(error)")
  exit(65)
}
