/// The checks of ``checkOptimizer(skipping:seed:_:)``, by name.
public enum OptimizerCheck: String, Sendable, CaseIterable {
  /// The same gradients from the same start give the same bits.
  case repeatable = "the same bits again"

  /// Three hundred steps on ½‖w − 1‖² reduce it.
  case descent = "goes downhill"

  /// The update uses the rate of the step, which includes the group's factor; a rate of 0 changes nothing.
  case rate = "the rate of the step"

  /// A parameter's step depends only on its own gradient; without one, the parameter and its state do not change.
  case independence = "parameters apart"

  /// A gradient of all rows of a matrix moves it as the same gradient in full.
  case rows = "rows of a gradient"

  /// A new optimizer that loads the saved state continues to the same bits.
  case state = "saved and loaded"

  /// Twenty steps in `float32` equal those in `float64` up to rounding.
  case singlePrecision = "float32 against float64"

  /// A gradient of zeros, of 1e-30 or of 1e15 leaves every parameter finite.
  case finite = "finite steps"

  /// A value read from a parameter before a step is not changed by the step.
  case snapshot = "values read before stay"

  /// The same bits with 1, 2 and 8 workers, of parameters large enough that several threads share the work.
  case workers = "the same bits with 1, 2 and 8 workers"
}
