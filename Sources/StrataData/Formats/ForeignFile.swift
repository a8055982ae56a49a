/// Formats that readers are often given by mistake.
enum ForeignFile {
  /// The first bytes of each, as scalars; what it is; what to do.
  private static let known = [
    (
      "PK\u{3}\u{4}", "a zip archive (such as NumPy's .npz and PyTorch's .pt)",
      "read NumPy's with NPZ.read, and a state_dict of PyTorch with PyTorchFile.read"
    ),
    (
      "\u{80}\u{2}", "a Python pickle (such as an old .pt of PyTorch)",
      "in Python, save it as PyTorch does now: torch.save(torch.load(path), new)"
    ),
    ("\u{80}\u{4}", "a Python pickle", "in Python, save its arrays with safetensors.numpy.save_file"),
    ("\u{93}NUMPY", "a NumPy array (.npy)", "read it with NPY.read"),
    (
      "\u{89}HDF", "an HDF5 file (such as Keras's .h5)",
      "in Python, read it with h5py and save its arrays with safetensors.numpy.save_file"
    ),
    ("\u{1f}\u{8b}", "a gzip file", "decompress it with gunzip"),
    ("<", "a web page", "the download has failed; open the file to see why"),
    ("version ", "a pointer of Git LFS", "fetch the file itself with git lfs pull"),
    ("{", "JSON text (such as a configuration or an index)", "read the .safetensors files beside it"),
    ("GGUF", "a GGUF file", "look for the model's .safetensors files"),
    ("\u{89}PNG", "a PNG picture", "read it with Image of StrataImages"),
    ("\0\0\u{8}", "an IDX file", "read it with IDX.read"),
  ]

  /// Returns the error of a reader that expects another format, if the first bytes are those of a format known here.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - bytes: Its first bytes.
  ///   - expected: The format that the reader expects.
  ///   - exceptZip: Whether that is a zip archive.
  static func error(
    _ path: String, startingWith bytes: [UInt8], expected: String, exceptZip: Bool = false
  ) -> DataError? {
    let scalars = bytes.map(Unicode.Scalar.init)
    return known.dropFirst(exceptZip ? 1 : 0).first { scalars.starts(with: $0.0.unicodeScalars.prefix(bytes.count)) }
      .map {
        DataError(path, .malformed(found: $0.1, expected: expected), at: 0, advice: $0.2)
      }
  }
}
