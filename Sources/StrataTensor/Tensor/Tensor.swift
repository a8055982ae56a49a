import Foundation

/// An array of numbers of any rank: contiguous, row-major, a value.
///
/// ```swift
/// let x: Tensor = [[1, 2], [3, 4]]          // float32, shape [2, 2]
/// var y = x * x + 1                         // NumPy's broadcasting
/// y[0]                                      // [2, 5]
/// matmul(x, y.transposed).sum(along: 0)
/// ```
///
/// Copies share memory until one of them is written to. Elements are `float32`, `float64` or
/// `int32`, decided when the program runs; the operands of one operation must agree, and nothing is converted
/// unasked. Scalars written as Swift numbers take the type of the tensor that they meet.
public struct Tensor: Sendable {
  /// The length of each axis.
  public let shape: Shape

  /// The type of the elements.
  public let dtype: DType

  package var storage: Storage

  package init(storage: Storage, shape: Shape, dtype: DType) {
    self.storage = storage
    self.shape = shape
    self.dtype = dtype
  }

  /// A tensor whose elements are whatever the memory held: for code that writes every one.
  package init(uninitialized shape: Shape, dtype: DType) {
    self.init(storage: Storage(byteCount: shape.count * dtype.byteCount), shape: shape, dtype: dtype)
  }

  /// The number of axes.
  public var rank: Int { shape.rank }

  /// The number of elements.
  public var count: Int { shape.count }

  /// The bytes of the elements.
  public var byteCount: Int { count * dtype.byteCount }
}

// MARK: - Making tensors

extension Tensor {
  /// A tensor with every element the same.
  public init(repeating value: Double, shape: Shape, dtype: DType = .float32) {
    self.init(uninitialized: shape, dtype: dtype)
    func fill<T: TensorScalar>(_: T.Type) { mutableElements(T.self).update(repeating: T(rounding: value)) }
    dtype.withScalar { fill($0) }
  }

  /// A tensor of zeros.
  public init(zeros shape: Shape, dtype: DType = .float32) {
    self.init(repeating: 0, shape: shape, dtype: dtype)
  }

  /// A tensor of ones.
  public init(ones shape: Shape, dtype: DType = .float32) {
    self.init(repeating: 1, shape: shape, dtype: dtype)
  }

  /// A tensor of the array's elements in row-major order; of one axis unless a shape is given.
  public init(_ elements: [Float], shape: Shape? = nil) {
    self.init(copying: elements, shape: shape)
  }

  /// A `float64` tensor of the array's elements in row-major order; of one axis unless a shape is given.
  @_disfavoredOverload  // a literal means float32
  public init(_ elements: [Double], shape: Shape? = nil) {
    self.init(copying: elements, shape: shape)
  }

  /// An `int32` tensor of the array's elements in row-major order; of one axis unless a shape is given.
  @_disfavoredOverload  // a literal means float32
  public init(_ elements: [Int32], shape: Shape? = nil) {
    self.init(copying: elements, shape: shape)
  }

  private init<T: TensorScalar>(copying elements: [T], shape: Shape?) {
    let shape = shape ?? [elements.count]
    require(
      shape.count == elements.count,
      "\(elements.count) elements cannot fill shape \(shape), which has \(shape.count)")
    self.init(uninitialized: shape, dtype: T.dtype)
    _ = mutableElements(T.self).update(fromContentsOf: elements)
  }

  /// A row for each class index of an `int32` tensor of any shape: 1 at the class, 0 at the others.
  public init(oneHot indices: Tensor, classes: Int, dtype: DType = .float32) {
    require(indices.dtype == .int32, "oneHot: class indices are int32, not \(indices.dtype)")
    self.init(zeros: Shape(indices.shape.lengths + [classes]), dtype: dtype)
    func mark<T: TensorScalar>(_: T.Type) {
      for (row, index) in indices.elements(Int32.self).enumerated() {
        require(index >= 0 && index < classes, "oneHot: class index \(index) is out of range for \(classes) classes")
        mutableElements(T.self)[row * classes + Int(index)] = 1
      }
    }
    dtype.withScalar { mark($0) }
  }

  /// The class indices of a batch: an `int32` tensor of one axis.
  public init(labels: [Int]) {
    self.init(labels.map { Int32(rounding: Double($0)) })
  }
}

// MARK: - Reading elements

extension Tensor {
  /// The elements in row-major order, each converted to `type`.
  public func elements<T: TensorScalar>(as type: T.Type = T.self) -> [T] {
    withExtendedLifetime(converted(to: T.dtype)) { Array($0.elements(T.self)) }
  }

  /// The elements as `Int`, fractions cut off.
  public func elements(as type: Int.Type) -> [Int] { elements(as: Int32.self).map { Int($0) } }

  /// The only element of a tensor that has just one.
  public var item: Double {
    require(count == 1, "item reads a tensor of one element; this one has shape \(shape)")
    func first<T: TensorScalar>(_: T.Type) -> Double { pointer(T.self).pointee.asDouble }
    return dtype.withScalar { first($0) }
  }

  /// Gives `body` the elements in row-major order without copying them.
  public func withUnsafeElements<T: TensorScalar, R>(
    as type: T.Type, _ body: (UnsafeBufferPointer<T>) throws -> R
  ) rethrows -> R {
    requireType(T.dtype, for: "withUnsafeElements")
    return try withExtendedLifetime(storage) { try body(elements(type)) }
  }

  /// Gives `body` the elements to change in place; they are copied first where another tensor shares them.
  public mutating func withUnsafeMutableElements<T: TensorScalar, R>(
    as type: T.Type, _ body: (UnsafeMutableBufferPointer<T>) throws -> R
  ) rethrows -> R {
    requireType(T.dtype, for: "withUnsafeMutableElements")
    let elements = UnsafeMutableBufferPointer(start: uniqueMutablePointer(type), count: count)
    return try withExtendedLifetime(storage) { try body(elements) }
  }

  /// Returns a copy that shares no memory with this tensor.
  package func copied() -> Tensor {
    let copy = Tensor(uninitialized: shape, dtype: dtype)
    copy.storage.bytes.copyMemory(from: storage.bytes, byteCount: byteCount)
    return copy
  }

  private func requireType(_ type: DType, for operation: String) {
    require(type == dtype, "\(operation): elements are \(dtype), not \(type); convert with converted(to:)")
  }
}

// MARK: - Raw access for kernels

extension Tensor {
  /// The elements. Valid while the tensor lives.
  package func elements<T: TensorScalar>(_ type: T.Type) -> UnsafeBufferPointer<T> {
    UnsafeBufferPointer(start: pointer(type), count: count)
  }

  /// The elements of a tensor that the caller has just made and shares with nobody.
  package func mutableElements<T: TensorScalar>(_ type: T.Type) -> UnsafeMutableBufferPointer<T> {
    UnsafeMutableBufferPointer(start: mutablePointer(type), count: count)
  }

  /// The elements from an offset on.
  package func pointer<T: TensorScalar>(_ type: T.Type = T.self, at offset: Int = 0) -> UnsafePointer<T> {
    UnsafePointer(mutablePointer(type, at: offset))
  }

  /// The elements from an offset on, of a tensor that the caller has just made and shares with nobody.
  package func mutablePointer<T: TensorScalar>(_ type: T.Type = T.self, at offset: Int = 0) -> UnsafeMutablePointer<T> {
    assert(T.dtype == dtype, "\(dtype) elements read as \(T.dtype)")
    return storage.bytes.assumingMemoryBound(to: type) + offset
  }

  /// The elements to change in place; copied first where another tensor shares them.
  package mutating func uniqueMutablePointer<T: TensorScalar>(_ type: T.Type) -> UnsafeMutablePointer<T> {
    if !isKnownUniquelyReferenced(&storage) { self = copied() }
    return mutablePointer(type)
  }

  /// Replaces every element: in place where no other tensor shares the memory, else into a fresh block, so that
  /// nothing is copied only to be overwritten.
  ///
  /// `write` is given the old elements and the place for the new ones, which may be the same.
  package mutating func overwrite(_ write: (_ old: Tensor, _ new: Tensor) -> Void) {
    if isKnownUniquelyReferenced(&storage) {
      write(self, self)
    } else {
      let fresh = Tensor(uninitialized: shape, dtype: dtype)
      write(self, fresh)
      self = fresh
    }
  }
}

extension Tensor: Equatable {
  /// Whether shape, type and every element are equal; as IEEE has it, NaN equals nothing.
  public static func == (a: Tensor, b: Tensor) -> Bool {
    guard a.shape == b.shape, a.dtype == b.dtype else { return false }
    func equal<T: TensorScalar>(_: T.Type) -> Bool { a.elements(T.self).elementsEqual(b.elements(T.self)) }
    return a.dtype.withScalar { equal($0) }
  }

  /// Whether shape, type and every bit are the same.
  public func isIdentical(to other: Tensor) -> Bool {
    shape == other.shape && dtype == other.dtype
      && memcmp(storage.bytes, other.storage.bytes, byteCount) == 0
  }
}
