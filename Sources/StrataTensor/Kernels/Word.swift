import CStrataKernels

/// Elements that are moved and not computed with: 4 or 8 bytes, with a separate table of kernels.
package protocol Word: BitwiseCopyable {
  typealias In = UnsafePointer<Self>
  typealias Out = UnsafeMutablePointer<Self>
  typealias Move = @Sendable (Int, Int, Int, Int, UnsafePointer<Int32>, In, Out) -> Void
  typealias Select<Mask> = @Sendable (Int, UnsafePointer<Mask>, Int, In, Int, In, Int, Out) -> Void

  static var copy: @Sendable (Int, Int, In, Int, Int, Out, Int, Int) -> Void { get }
  static var gather: Move { get }
  static var scatter: Move { get }
  static var selectByFloat: Select<Float> { get }
  static var selectByDouble: Select<Double> { get }
  static var selectByInt32: Select<Int32> { get }
}

extension UInt32: Word {
  package static let copy: @Sendable (Int, Int, In, Int, Int, Out, Int, Int) -> Void = strata_copy_u32
  package static let gather: Move = strata_gather_u32
  package static let scatter: Move = strata_scatter_u32
  package static let selectByFloat: Select<Float> = strata_select_f32_u32
  package static let selectByDouble: Select<Double> = strata_select_f64_u32
  package static let selectByInt32: Select<Int32> = strata_select_i32_u32
}

extension UInt64: Word {
  package static let copy: @Sendable (Int, Int, In, Int, Int, Out, Int, Int) -> Void = strata_copy_u64
  package static let gather: Move = strata_gather_u64
  package static let scatter: Move = strata_scatter_u64
  package static let selectByFloat: Select<Float> = strata_select_f32_u64
  package static let selectByDouble: Select<Double> = strata_select_f64_u64
  package static let selectByInt32: Select<Int32> = strata_select_i32_u64
}

extension DType {
  /// Calls `body` with the word that has as many bytes as an element.
  @inline(__always)
  package func withWord<R>(_ body: (any Word.Type) throws -> R) rethrows -> R {
    switch self {
    case .float32, .int32: try body(UInt32.self)
    case .float64: try body(UInt64.self)
    }
  }
}

extension Tensor {
  /// The elements as words. Valid while the tensor lives.
  package func words<W: Word>(_: W.Type = W.self) -> UnsafeMutablePointer<W> {
    storage.bytes.assumingMemoryBound(to: W.self)
  }
}
