import StrataTensor

/// A reader and writer of NumPy's files of one array, `.npy`.
///
/// A header with the type of the numbers, their order and the shape, then the numbers. The format is described at
/// <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
///
/// ```swift
/// try NPY.write(embeddings, to: "embeddings.npy")          // numpy.load("embeddings.npy")
/// let images = try NPY.read("images.npy", as: .float32)
/// ```
public enum NPY {
  /// Returns the array of a file as `numpy.save` writes it, of any version of the format, in either order of bytes and of
  /// axes.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - dtype: The type of the tensor; by default what ``StoredType/dtype`` says of the type in the file.
  /// - Throws: ``DataError`` if the file is damaged, has other elements than numbers and truth values, or a number that
  ///   the tensor's type cannot hold.
  public static func read(_ path: String, as dtype: DType? = nil) throws(DataError) -> Tensor {
    let file = try InputFile(path)
    let layout = try NPYHeader.read(path, of: file.size) { bytes, offset throws(DataError) in
      try file.fill(bytes, at: offset)
    }
    try file.requireMemory(for: [layout], as: dtype)
    return try layout.tensor(dtype ?? layout.type.dtype) { bytes, offset throws(DataError) in
      try file.fill(bytes, at: offset)
    }
  }

  /// Writes a tensor to a file, byte for byte as `numpy.save` does.
  ///
  /// The file is written completely or not at all: see ``Safetensors/write(_:metadata:to:)``.
  ///
  /// - Throws: ``DataError`` with the reason `unwritable`; an existing file is then unchanged.
  public static func write(_ tensor: Tensor, to path: String) throws(DataError) {
    let file = try OutputFile(replacing: path)
    try file.append(NPYHeader.bytes(for: tensor))
    try file.append(UnsafeRawBufferPointer(start: tensor.storage.bytes, count: tensor.byteCount))
    try file.commit()
  }
}
