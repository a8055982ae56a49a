import StrataTensor

/// A reader of files in the IDX format, the format of MNIST and related data sets.
///
/// Two zero bytes, a type code, the number of axes, the length of each axis in four bytes, then the elements, all
/// big-endian. The format is described at the end of <http://yann.lecun.com/exdb/mnist/>.
public enum IDX {
  /// Returns the tensor in an IDX file, plain or gzipped, which is detected from the content, not the name.
  ///
  /// ```swift
  /// let images = try IDX.read("train-images-idx3-ubyte.gz", scaled: true)   // float32 [60000, 28, 28]
  /// let labels = try IDX.read("train-labels-idx1-ubyte.gz")                 // int32 [60000]
  /// ```
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - scaled: Whether to convert unsigned bytes to `float32` from 0 to 1, by division by 255. Files of other element
  ///     types are then refused.
  /// - Returns: `int32` for unsigned and signed bytes, shorts and ints; `float32` for floats; `float64` for
  ///   doubles.
  /// - Throws: ``DataError`` if the file is damaged. Large files are checked before memory is allocated for the tensor.
  public static func read(_ path: String, scaled: Bool = false) throws(DataError) -> Tensor {
    let file = try IDXFile(path)
    if scaled { try file.require(.ubyte) }
    if file.tensorByteCount > ContentReader.uncheckedLimit { try file.check() }
    return try file.read(scaled: scaled)
  }
}
