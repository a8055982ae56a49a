import StrataTensor

/// How the numbers of an array lie in a file, checked against its size.
struct StoredLayout {
  /// The file, for messages.
  let path: String

  /// The name of the array in its file, for messages; nil where it is alone.
  var name: String?

  /// The lengths of the array's axes.
  let shape: Shape

  let type: StoredType

  /// Where the first number begins.
  let start: Int

  var isBigEndian = false

  /// Whether the first axis varies fastest, and not the last.
  var isColumnMajor = false

  /// Whether unsigned bytes become fractions of 255.
  var isScaled = false

  /// Copies bytes of the file from a place on.
  typealias Fill = (UnsafeMutableRawBufferPointer, _ offset: Int) throws(DataError) -> Void

  /// The bytes that are read and converted while they are in a CPU's cache.
  static let chunk = 1 << 18

  var byteCount: Int { shape.count * type.byteCount }

  /// Returns the whole array as a tensor.
  ///
  /// - Parameters:
  ///   - dtype: The type of its elements.
  ///   - fill: Copies bytes of the file. It is asked for them in order.
  ///   - look: Is shown the bytes as they are in the file, in order.
  func tensor(
    _ dtype: DType, filledBy fill: Fill, look: (UnsafeRawBufferPointer) -> Void = { _ in }
  ) throws(DataError) -> Tensor {
    let tensor = Tensor(uninitialized: isColumnMajor ? Shape(shape.lengths.reversed()) : shape, dtype: dtype)
    try read(0..<shape.count, into: tensor, filledBy: fill, look: look)
    return isColumnMajor && shape.rank > 1 ? tensor.permuted(shape.lengths.indices.reversed()) : tensor
  }

  /// Reads numbers, counted as they lie in the file, into elements of a tensor that nobody else holds.
  func read(
    _ numbers: Range<Int>, into tensor: Tensor, at position: Int = 0, filledBy fill: Fill,
    look: (UnsafeRawBufferPointer) -> Void = { _ in }
  ) throws(DataError) {
    let (size, step) = (type.byteCount, Self.chunk / type.byteCount)
    let isAsInTensors = type == StoredType(tensor.dtype) && !isBigEndian && UInt16(1).littleEndian == 1
    let scratch = UnsafeMutableRawBufferPointer.allocate(
      byteCount: isAsInTensors ? 0 : min(step, numbers.count) * size, alignment: 64)
    defer { scratch.deallocate() }
    for first in stride(from: numbers.lowerBound, to: numbers.upperBound, by: step) {
      let target = position + first - numbers.lowerBound
      let place = isAsInTensors ? tensor.storage.bytes + target * size : scratch.baseAddress!
      let bytes = UnsafeMutableRawBufferPointer(start: place, count: min(step, numbers.upperBound - first) * size)
      try fill(bytes, start + first * size)
      look(UnsafeRawBufferPointer(bytes))
      if isAsInTensors { continue }
      let misfit = type.convert(
        UnsafeRawBufferPointer(bytes), isBigEndian: isBigEndian, isScaled: isScaled, to: tensor, at: target)
      if let (index, value) = misfit { throw error(at: first + index, value, tensor.dtype) }
    }
  }

  /// The error of a number that the tensor's type cannot hold.
  private func error(at number: Int, _ value: String, _ dtype: DType) -> DataError {
    var (rest, index) = (number, [Int]())
    for length in isColumnMajor ? shape.lengths : shape.lengths.reversed() {
      index.append(rest % length)
      rest /= length
    }
    let holder = type == .bool ? "bool" : "\(dtype)"
    return DataError(
      path, .unrepresentable(element: isColumnMajor ? index : index.reversed(), of: name, value: value, in: holder),
      at: start + number * type.byteCount, advice: type == .bool ? nil : "read it as float64")
  }
}
