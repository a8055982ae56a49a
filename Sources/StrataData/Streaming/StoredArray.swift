import StrataTensor

/// An array in a file, of which rows are read when they are asked for: data that need not fit in memory.
///
/// ```swift
/// let images = try StoredArray(npy: "images.npy", as: .float32)
/// let some = try images.gathered(rows: [17, 4])
/// ```
///
/// Rows are copied from the file, not mapped: the file may be cut short meanwhile, which is then an error.
public struct StoredArray: Sendable {
  /// The type of the numbers in the file.
  public var type: StoredType { layout.type }

  /// The type of the tensors that are read.
  public let dtype: DType

  /// The lengths of the array's axes.
  public var shape: Shape { layout.shape }

  /// The number of rows: the length of the first axis.
  public var count: Int { layout.shape[0] }

  /// The path of the file.
  public var path: String { layout.path }

  private let file: InputFile
  private let layout: StoredLayout

  private init(_ file: InputFile, _ layout: StoredLayout, as dtype: DType?) throws(DataError) {
    func refusal(_ found: String, _ expected: String, advice: String? = nil) -> DataError {
      DataError(file.path, .malformed(found: found, expected: expected), at: layout.start, advice: advice)
    }
    guard layout.shape.rank > 0 else { throw refusal("a number alone", "an array with rows") }
    guard !layout.isColumnMajor || layout.shape.rank == 1 else {
      throw refusal("Fortran's order", "rows that lie together", advice: "in Python, save numpy.ascontiguousarray(x)")
    }
    (self.file, self.layout, self.dtype) = (file, layout, dtype ?? layout.type.dtype)
  }

  /// The array of an `.npy` file: see ``NPY``.
  public init(npy path: String, as dtype: DType? = nil) throws(DataError) {
    let file = try InputFile(path)
    let layout = try NPYHeader.read(path, of: file.size) { bytes, offset throws(DataError) in
      try file.fill(bytes, at: offset)
    }
    try self.init(file, layout, as: dtype)
  }

  /// A tensor of a safetensors file: see ``Safetensors``. Its checksum, which is one of all rows, is not compared.
  public init(safetensors path: String, _ name: String, as dtype: DType? = nil) throws(DataError) {
    let file = try InputFile(path)
    let header = try SafetensorsHeader(file)
    try self.init(file, header.layout(of: header.entries(named: [name])[0]), as: dtype)
  }

  /// The array of an IDX file that is not gzipped: see ``IDX``.
  public init(idx path: String, scaled: Bool = false) throws(DataError) {
    let file = try IDXFile(path)
    if scaled { try file.require(.ubyte) }
    guard !file.isGzipped else {
      throw DataError(
        path, .malformed(found: "a gzip file", expected: "one whose rows can be read alone"), at: 0,
        advice: "decompress it with gunzip")
    }
    try self.init(file.file, file.layout(scaled: scaled), as: scaled ? .float32 : nil)
  }

  /// A file of nothing but little-endian numbers, such as the tokens of a text.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - type: The type of the numbers.
  ///   - rowShape: The shape of a row; a row is one number unless said otherwise.
  ///   - dtype: The type of the tensors that are read; by default what ``StoredType/dtype`` says.
  /// - Throws: ``DataError`` if the file is not a whole number of rows.
  public init(
    raw path: String, _ type: StoredType, rowShape: Shape = [], as dtype: DType? = nil
  ) throws(DataError) {
    require(rowShape.count > 0, "StoredArray: rows of shape \(rowShape) have no numbers; give one that has some")
    let file = try InputFile(path)
    let (count, rest) = file.size.quotientAndRemainder(dividingBy: rowShape.count * type.byteCount)
    guard rest == 0 else {
      let unit = "\(rowShape.count * type.byteCount) bytes a row"
      throw DataError(
        path, .malformed(found: "\(file.size) bytes", expected: "a multiple of \(unit)"), at: file.size - rest)
    }
    let lengths = [count] + rowShape.lengths
    guard byteCount(of: lengths, elementSize: 16) != nil else {
      throw DataError(path, .tooLarge("shape \(lengths)"), at: 0)
    }
    try self.init(file, StoredLayout(path: path, shape: Shape(lengths), type: type, start: 0), as: dtype)
  }

  /// Returns the rows of these numbers, in this order: `[rows, …]`.
  ///
  /// - Throws: ``DataError`` if the file cannot be read, has become shorter, or has a number that the tensors' type cannot
  ///   hold.
  public func gathered(rows: [Int]) throws(DataError) -> Tensor {
    let width = shape.rowShape.count
    return try Self.reading(rows.map { $0 * width }, width, from: self).reshaped(to: shape.withLeading(rows.count))
  }

  /// Returns consecutive rows: `[rows, …]`.
  ///
  /// - Throws: ``DataError`` as ``gathered(rows:)`` does.
  public func rows(_ range: Range<Int>) throws(DataError) -> Tensor { try gathered(rows: Array(range)) }

  /// Returns the numbers from each of these places on, `[places, width]`. What lies together is read at once.
  static func reading(_ places: [Int], _ width: Int, from array: StoredArray) throws(DataError) -> Tensor {
    let tensor = Tensor(uninitialized: [places.count, width], dtype: array.dtype)
    var first = 0
    while first < places.count {
      var end = first + 1
      while end < places.count, places[end] == places[end - 1] + width { end += 1 }
      let numbers = places[first]..<places[first] + (end - first) * width
      require(
        numbers.lowerBound >= 0 && numbers.upperBound <= array.shape.count,
        "StoredArray: rows from number \(numbers.lowerBound / max(1, width)) on are out of range for \(array.count) rows"
      )
      try array.layout.read(numbers, into: tensor, at: first * width) { bytes, offset throws(DataError) in
        try array.file.fill(bytes, at: offset)
      }
      first = end
    }
    return tensor
  }
}
