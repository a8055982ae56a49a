import CStrataKernels

/// A type of elements: the part of the table of kernels that integers have too.
///
/// A function that is not defined for the type has no kernel: nil.
package protocol ElementScalar: TensorScalar {
  typealias In = UnsafePointer<Self>
  typealias Out = UnsafeMutablePointer<Self>
  typealias Places = UnsafePointer<Int32>

  // Elementwise
  typealias Unary = @Sendable (Int, In, Out) -> Void
  typealias Binary = @Sendable (Int, In, Int, In, Int, Out) -> Void
  static func unary(_ kernel: UnaryKernel) -> Unary?
  static func binary(_ kernel: BinaryKernel) -> Binary?

  // Reductions
  typealias RowFunction = @Sendable (Int, Int, In, Out) -> Void
  typealias ColumnReduction = @Sendable (Int, Int, Int, In, Out) -> Void
  static func reduction(_ kernel: ReductionKernel) -> (rows: RowFunction, columns: ColumnReduction)
  static func rows(_ kernel: RowKernel) -> RowFunction?
  typealias RowPlaces = @Sendable (Int, Int, In, UnsafeMutablePointer<Int32>) -> Void
  static func places(_ kernel: PlaceKernel) -> RowPlaces

  /// What sums at scattered places are taken in.
  associatedtype Sum: ElementScalar
  typealias ScatterAdd<Sum> =
    @Sendable (Int, Int, Int, Int, Places, In, In, UnsafeMutablePointer<Sum>, Out) -> Void
  static var scatterAdd: ScatterAdd<Sum> { get }

  // Order
  typealias ArgSort = @Sendable (Int, Int, Int32, In, UnsafeMutablePointer<Int32>, UnsafeMutableRawPointer) -> Void
  typealias Top = @Sendable (Int, Int, Int, Int32, In, UnsafeMutablePointer<Int32>, UnsafeMutableRawPointer) -> Void
  static var argsort: ArgSort { get }
  static var top: Top { get }
}

extension DType {
  /// Calls `body` with the Swift type of the elements, whatever it is.
  @inline(__always)
  package func withScalar<R>(_ body: (any ElementScalar.Type) throws -> R) rethrows -> R {
    switch self {
    case .float32: try body(Float.self)
    case .float64: try body(Double.self)
    case .int32: try body(Int32.self)
    }
  }
}
