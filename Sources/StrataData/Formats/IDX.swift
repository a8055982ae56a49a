import StrataTensor

/// Files in the IDX format, in which MNIST and its relatives are published.
///
/// Two zero bytes, a type code, the number of axes, the length of each axis in four bytes, then the elements;
/// everything big-endian. Described at the end of <http://yann.lecun.com/exdb/mnist/>.
public enum IDX {
  /// The tensor that an IDX file holds, plain or gzipped; the content decides which, not the name.
  ///
  /// ```swift
  /// let images = try IDX.read("train-images-idx3-ubyte.gz", scaled: true)   // float32 [60000, 28, 28]
  /// let labels = try IDX.read("train-labels-idx1-ubyte.gz")                 // int32 [60000]
  /// ```
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - scaled: Whether unsigned bytes become `float32` from 0 to 1, each divided by 255. A file of another
  ///     element type is then refused.
  /// - Returns: `int32` for unsigned and signed bytes, shorts and ints; `float32` for floats; `float64` for
  ///   doubles.
  /// - Throws: What is wrong with the file, found before memory for the tensor is taken wherever that is large.
  public static func read(_ path: String, scaled: Bool = false) throws(DataError) -> Tensor {
    let file = try IDXFile(path)
    if scaled { try file.require(.ubyte) }
    if file.tensorByteCount > IDXFile.uncheckedLimit { try file.check() }
    return try file.read(scaled: scaled)
  }
}
