import CStrataKernels
import StrataTensor

/// The loops over images in one precision; see StrataConvolution.h.
struct ImageLoops<T: TensorScalar>: Sendable {
  typealias In = UnsafePointer<T>
  typealias Out = UnsafeMutablePointer<T>
  typealias Taps = UnsafePointer<strata_tap>

  let spread: @Sendable (Int, strata_grid, In, T, Out) -> Void
  let unspread: @Sendable (Int, strata_grid, In, Out) -> Void
  let convolve: @Sendable (Int, Taps, In, Int, In, Int, In?, Int, Out, Int) -> Void
  let gradient: @Sendable (Int, Int, Int, In, Int, Int, Int, Taps, In, Int, Out, Int) -> Void
  let maxOfTaps: @Sendable (Int, Taps, In, Int, Out, UnsafeMutablePointer<Int32>) -> Void
  let addToWinners: @Sendable (Int, Int, strata_grid, Taps, UnsafePointer<Int32>, In, Out) -> Void
}

/// A scalar that images are made of.
protocol ImageScalar: TensorScalar, BinaryFloatingPoint {
  static var loops: ImageLoops<Self> { get }
}

extension DType {
  /// The scalar type of images of this type.
  var imageScalar: any ImageScalar.Type { self == .float32 ? Float.self : Double.self }
}

extension Float: ImageScalar {
  static let loops = ImageLoops<Float>(
    spread: strata_spread_f32, unspread: strata_unspread_f32, convolve: strata_convolve_f32,
    gradient: strata_convolve_gradient_f32, maxOfTaps: strata_max_of_taps_f32,
    addToWinners: strata_add_to_winners_f32)
}

extension Double: ImageScalar {
  static let loops = ImageLoops<Double>(
    spread: strata_spread_f64, unspread: strata_unspread_f64, convolve: strata_convolve_f64,
    gradient: strata_convolve_gradient_f64, maxOfTaps: strata_max_of_taps_f64,
    addToWinners: strata_add_to_winners_f64)
}
