import CStrataKernels

/// A floating-point type that tensors compute in: the table of all kernels by element type, but for those of
/// ``ElementScalar``, which integers have too.
///
/// Its conformances are the columns of the table. A type that lacks a kernel does not compile, and neither does
/// ``DType/withKernels(for:_:)`` where a type of elements is new. What the kernels do is said in the headers of
/// CStrataKernels, in whose order they stand here.
package protocol KernelScalar: ElementScalar, BLASScalar, BinaryFloatingPoint {
  typealias Labels = UnsafePointer<Int32>
  typealias Taps = UnsafePointer<strata_tap>

  // Activations
  typealias Activation = @Sendable (Int, Self, In, Out) -> Void
  typealias ActivationBackward = @Sendable (Int, Self, In, In, Out) -> Void
  typealias RowActivation = @Sendable (Int, Int, In, Out) -> Void
  typealias RowActivationBackward = @Sendable (Int, Int, In, In, Out) -> Void
  static func activation(_ kernel: ActivationKernel) -> (forward: Activation, backward: ActivationBackward)
  static func activation(_ kernel: RowActivationKernel) -> (forward: RowActivation, backward: RowActivationBackward)

  // Reductions
  static var sum: @Sendable (Int, In) -> Double { get }
  static var sumOfSquares: @Sendable (Int, In) -> Double { get }
  static var moments: @Sendable (Int, In) -> strata_moments { get }
  static var prod: @Sendable (Int, In) -> Double { get }
  static var allFinite: @Sendable (Int, In) -> Int32 { get }
  static var sumColumns: @Sendable (Int, Int, Int, In, Int32, Out) -> Void { get }

  // Normalization
  static var channelSums: @Sendable (Int, Int, Int, In, In, Int, In?, UnsafeMutablePointer<Double>) -> Void { get }
  static var channelAffine: @Sendable (Int, Int, Int, Int, In, In, In, In, In?, In?, Out) -> Void { get }
  static var rowNorm: @Sendable (Int, Int, Double, In, In, In?, UnsafeMutablePointer<Double>, Out) -> Void { get }
  static var rowNormBackward:
    @Sendable (Int, Int, Int32, In, In, In, UnsafePointer<Double>, Out, UnsafeMutablePointer<Double>) -> Void
  { get }

  // Convolution
  static var spread: @Sendable (Int, strata_grid, In, Self, Out) -> Void { get }
  static var unspread: @Sendable (Int, strata_grid, In, Out) -> Void { get }
  typealias Groups = strata_groups
  static var convolve: @Sendable (Groups, Int, Taps, In, Int, In, Int, In?, Int, Out, Int) -> Void { get }
  static var convolveGradient: @Sendable (Groups, Int, Int, Int, In, Int, Int, Int, Taps, In, Int, Out, Int) -> Void
  { get }
  static var gatherPatches: @Sendable (Int, Taps, Int, In, Int, Int, Int, Int, Out, Int) -> Void { get }
  static var fillRows: @Sendable (Int, Int, In, Out, Int) -> Void { get }
  static var copyRows: @Sendable (Int, Int, In, Int, Out, Int) -> Void { get }
  static var maxOfTaps: @Sendable (Int, Taps, In, Int, Out, UnsafeMutablePointer<Int32>) -> Void { get }
  static var maxOfSquares: @Sendable (Int, Int, Int, In, Out, UnsafeMutablePointer<Int32>) -> Void { get }
  static var giveToSquares: @Sendable (Int, Int, Int, Labels, In, Out) -> Void { get }
  static var addToWinners: @Sendable (Int, Int, strata_grid, Taps, Labels, In, Out) -> Void { get }

  // Resampling
  static var resample: @Sendable (Int, strata_axis, strata_axis, In, Out, Out) -> Void { get }
  static var resampleBack: @Sendable (Int, strata_axis, strata_axis, In, Out, Out) -> Void { get }
  static var rangeMax: @Sendable (Int, strata_axis, strata_axis, In, Out, UnsafeMutablePointer<Int32>) -> Void { get }
  static var addAt: @Sendable (Int, Int, Int, Labels, In, Out) -> Void { get }
  static var affineSample: @Sendable (Int, Int, Int, UnsafePointer<Double>, Int32, In, Out) -> Void { get }

  // Attention
  typealias AttentionOptions = UnsafePointer<strata_attention_options>
  static var attention: @Sendable (AttentionOptions, In, In, In, In?, Out, Out) -> Void { get }
  static var attentionBackward: @Sendable (AttentionOptions, In, In, In, In?, In, In, In, Bool, Out, Out, Out) -> Void
  { get }
  static var rotate: @Sendable (strata_rotation, In, In, Self, Out) -> Void { get }

  // Recurrent
  typealias Step = @Sendable (Int, Int, Out, Out, In, In, Out, Out, In?, Out?, Out?) -> Void
  static func step(_ kernel: StepKernel) -> (forward: Step, backward: Step)

  // Structure
  static var dropout: @Sendable (Int, Int, UInt64, UInt64, UInt32, Self, In, Out) -> Void { get }
  static var addRows: @Sendable (Int, Int, Int, In, Labels, Out) -> Void { get }

  // Losses
  typealias ElementLoss = @Sendable (Int, In, In, Self, Self, Out?, Out?) -> Double
  static func loss(_ kernel: LossKernel) -> ElementLoss
  static var normalDivergence: @Sendable (Int, Int, In, In, Self, Out) -> Double { get }
  static var softmaxCrossEntropy:
    @Sendable (Int, Int, In, Labels, strata_cross_entropy_options, In?, Self, Out?, Out?) -> Double
  { get }
  static var softCrossEntropy: @Sendable (Int, Int, In, In, Self, Out?, Out?) -> Double { get }
  static var binaryCrossEntropyByColumn: @Sendable (Int, In, In, In, Self, Out?, Out?) -> Double { get }
  static var negativeEntropy: @Sendable (Int, In) -> Double { get }

  // Optimizers
  static var sgd: @Sendable (Int, strata_sgd_options, In, In, Out?, Out) -> Void { get }
  static var adam: @Sendable (Int, strata_adam_options, In, In, Out, Out, Out?, Out) -> Void { get }
  static var rmsprop: @Sendable (Int, strata_rmsprop_options, In, In, Out, Out?, Out?, Out) -> Void { get }
  static var adamStep: @Sendable (Int, strata_adam_step_options, In, In, Out, Out, Out) -> Void { get }
  static var adagrad: @Sendable (Int, strata_adagrad_options, In, In, Out, Out) -> Void { get }
  static var adadelta: @Sendable (Int, strata_adadelta_options, In, In, Out, Out, Out) -> Void { get }
  static var lion: @Sendable (Int, strata_lion_options, In, In, Out, Out) -> Void { get }
  static var rprop: @Sendable (Int, strata_rprop_options, In, In, Out, Out, Out) -> Void { get }
}

extension DType {
  /// Calls `body` with the Swift type of the elements, in which it finds its kernel; stops for integers.
  @inline(__always)
  package func withKernels<R>(
    for operation: @autoclosure () -> String, _ body: (any KernelScalar.Type) throws -> R
  ) rethrows -> R {
    switch self {
    case .float32: try body(Float.self)
    case .float64: try body(Double.self)
    case .int32: refuseIntegers(operation())
    }
  }
}
