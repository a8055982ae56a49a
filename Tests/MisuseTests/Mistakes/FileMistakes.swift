import Foundation
import Strata

/// Reads a file that begins with these bytes, under a name, as a model.
private func read(_ name: String, _ bytes: some Sequence<UInt8>, count: Int = 64) throws {
  try read(name, bytes, count: count) { _ = try Safetensors.read($0) }
}

private func read(
  _ name: String, _ bytes: some Sequence<UInt8>, count: Int = 64, by reader: (String) throws -> Void
) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  var content = Data(bytes)
  content.append(Data(repeating: 7, count: max(0, count - content.count)))
  try content.write(to: folder.appendingPathComponent(name))
  // Its name alone, as somebody would type it.
  guard chdir(folder.path) == 0 else { throw CocoaError(.fileNoSuchFile) }
  try reader(name)
}

/// Files that are missing, damaged, or of another format.
let fileMistakes: [Mistake] = [
  Mistake(
    "a file that is not there",
    """
    /no/such/model.safetensors: no such file
    """
  ) { _ = try Safetensors.read("/no/such/model.safetensors") },
  Mistake(
    "a directory",
    """
    /: cannot be read: it is a directory
    """
  ) { _ = try Safetensors.read("/") },
  Mistake(
    "an archive of NumPy",
    """
    x.npz: a zip archive (such as NumPy's .npz and PyTorch's .pt) instead of a safetensors file (at byte 0); \
    read NumPy's with NPZ.read, and a state_dict of PyTorch with PyTorchFile.read
    """
  ) { try read("x.npz", "PK\u{3}\u{4}".utf8) },
  Mistake(
    "a checkpoint of PyTorch",
    """
    model.pt: a zip archive (such as NumPy's .npz and PyTorch's .pt) instead of a safetensors file (at byte \
    0); read NumPy's with NPZ.read, and a state_dict of PyTorch with PyTorchFile.read
    """
  ) { try read("model.pt", "PK\u{3}\u{4}\u{0}\u{0}\u{8}\u{8}".utf8) },
  Mistake(
    "an old checkpoint of PyTorch",
    """
    model.pth: a Python pickle (such as an old .pt of PyTorch) instead of a safetensors file (at byte 0); in \
    Python, save it as PyTorch does now: torch.save(torch.load(path), new)
    """
  ) { try read("model.pth", [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46]) },
  Mistake(
    "a pickle",
    """
    model.pkl: a Python pickle instead of a safetensors file (at byte 0); in Python, save its arrays with \
    safetensors.numpy.save_file
    """
  ) { try read("model.pkl", [0x80, 4, 0x95, 31, 9, 0, 0, 0]) },
  Mistake(
    "a NumPy array",
    """
    x.npy: a NumPy array (.npy) instead of a safetensors file (at byte 0); read it with NPY.read
    """
  ) { try read("x.npy", [0x93] + "NUMPY".utf8) },
  Mistake(
    "a model of Keras",
    """
    model.h5: an HDF5 file (such as Keras's .h5) instead of a safetensors file (at byte 0); in Python, read \
    it with h5py and save its arrays with safetensors.numpy.save_file
    """
  ) { try read("model.h5", [0x89] + "HDF\r\n".utf8) },
  Mistake(
    "a compressed file",
    """
    model.safetensors.gz: a gzip file instead of a safetensors file (at byte 0); decompress it with gunzip
    """
  ) { try read("model.safetensors.gz", [0x1f, 0x8b, 8, 0, 0x5a, 0x11, 0x0c, 0x67, 0, 3]) },
  Mistake(
    "a web page",
    """
    model.safetensors: a web page instead of a safetensors file (at byte 0); the download has failed; open \
    the file to see why
    """
  ) { try read("model.safetensors", "<!DOCTYPE html><html>".utf8) },
  Mistake(
    "a pointer of Git LFS",
    """
    model.safetensors: a pointer of Git LFS instead of a safetensors file (at byte 0); fetch the file itself \
    with git lfs pull
    """
  ) {
    try read("model.safetensors", "version https://git-lfs.github.com/spec/v1\n".utf8)
  },
  Mistake(
    "an index of several files",
    """
    model.safetensors.index.json: JSON text (such as a configuration or an index) instead of a safetensors \
    file (at byte 0); read the .safetensors files beside it
    """
  ) { try read("model.safetensors.index.json", "{\n  \"metadata\": {".utf8) },
  Mistake(
    "a GGUF file",
    """
    model.gguf: a GGUF file instead of a safetensors file (at byte 0); look for the model's .safetensors \
    files
    """
  ) { try read("model.gguf", "GGUF\u{3}\0\0\0".utf8) },
  Mistake(
    "images where a model is read",
    """
    train-images-idx3-ubyte: an IDX file instead of a safetensors file (at byte 0); read it with IDX.read
    """
  ) { try read("train-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0xea, 0x60]) },
  Mistake(
    "a text file",
    """
    notes.txt: too large: a header of 7018141078010291524 bytes (at byte 0); it seems to be of another \
    format
    """
  ) { try read("notes.txt", "Dear reader, hello".utf8) },
  Mistake(
    "an empty file",
    """
    model.safetensors: the file is empty (at byte 0)
    """
  ) { try read("model.safetensors", [], count: 0) },
  Mistake(
    "half a file",
    """
    model.safetensors: cut short: 108 bytes are promised, 72 are there (at byte 72)
    """
  ) {
    try read(
      "model.safetensors",
      [64, 0, 0, 0, 0, 0, 0, 0] + #"{"w":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}         "#.utf8)
  },
  Mistake(
    "8-bit floats",
    """
    model.safetensors: tensor "w" has the unsupported type F8_E5M2; convert it to one of 8 to 64 bits, such as F32 \
    (at byte 23)
    """
  ) {
    try read(
      "model.safetensors",
      [64, 0, 0, 0, 0, 0, 0, 0] + #"{"w":{"dtype":"F8_E5M2","shape":[8],"data_offsets":[0,8]}}      "#.utf8,
      count: 80)
  },
  Mistake(
    "a tensor by a wrong name",
    """
    model.safetensors: there is nothing of the name "0.wieght"; did you mean "0.weight"?
    """
  ) {
    let header = #"{"0.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   "#
    try read("model.safetensors", [64, 0, 0, 0, 0, 0, 0, 0] + header.utf8, count: 80) {
      _ = try Safetensors.read($0, only: ["0.wieght"])
    }
  },
  Mistake(
    "a number that int32 cannot hold",
    """
    model.safetensors: element [1] of "steps" is 506381209866536711, which int32 cannot hold (at byte 80); read it as \
    float64
    """
  ) {
    let header = #"{"steps":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}     "#
    try read("model.safetensors", [64, 0, 0, 0, 0, 0, 0, 0] + header.utf8 + [9, 0, 0, 0, 0, 0, 0, 0], count: 88)
  },
  Mistake(
    "MNIST where it is not",
    """
    /no/such/data/train-images-idx3-ubyte: no such file; it, or it with .gz, is one of the four files of \
    MNIST, which data/fetch_mnist.sh downloads
    """
  ) { _ = try Dataset.mnist(in: "/no/such/data") },
  Mistake(
    "a row of a table that is too short",
    """
    prices.csv: 1 cell in line 3 instead of 2, as in the first row (at byte 8); cells are separated by ","; those \
    that hold it must be in quotes
    """
  ) {
    try read("prices.csv", "a,b\n1,2\n3\n".utf8, count: 0) { _ = try Table(csv: $0) }
  },
  Mistake(
    "a word where numbers were asked for",
    """
    prices.csv: "cheap" in column "price", line 3 instead of a number (at byte 17); if the column is text, read it \
    with types: ["price": .text]; if this stands for a missing value, add it to missing
    """
  ) {
    try read("prices.csv", "id,price\n1,2.5\n2,cheap\n".utf8, count: 0) {
      _ = try Table(csv: $0, as: CSV(types: ["price": .decimal]))
    }
  },
  Mistake(
    "an Excel workbook as a table",
    """
    prices.xlsx: a zip archive (such as an Excel workbook) instead of text (at byte 0); save the sheet as CSV
    """
  ) {
    try read("prices.xlsx", "PK\u{3}\u{4}".utf8) { _ = try Table(csv: $0) }
  },
  Mistake(
    "a picture where IDX is read",
    """
    digit.png: a PNG picture instead of an IDX file (at byte 0); read it with Image of StrataImages
    """
  ) {
    try read("digit.png", [0x89] + "PNG\r\n".utf8) { _ = try IDX.read($0) }
  },
  Mistake(
    "a NumPy array where IDX is read",
    """
    x.npy: a NumPy array (.npy) instead of an IDX file (at byte 0); read it with NPY.read
    """
  ) {
    try read("x.npy", [0x93] + "NUMPY".utf8) { _ = try IDX.read($0) }
  },
  Mistake(
    "labels where IDX images are scaled",
    """
    x: elements of type float instead of ubyte (at byte 2)
    """
  ) {
    try read("x", [0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0], count: 12) { _ = try IDX.read($0, scaled: true) }
  },
  Mistake(
    "saving where there is no directory",
    """
    /no/such/place/model.safetensors: cannot be written: No such file or directory
    """
  ) {
    try Safetensors.write(["w": [1]], to: "/no/such/place/model.safetensors")
  },
]
