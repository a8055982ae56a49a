/// The checks that ``checkOptimizer(skipping:seed:_:)`` makes, by name.
public enum OptimizerCheck: String, Sendable, CaseIterable {
  /// The same gradients from the same start lead to the same bits.
  case repeatable = "the same bits again"

  /// On a bowl, ½‖w − 1‖², three hundred steps lead downward.
  case descent = "goes downhill"

  /// It keeps to the rate of the step it is given, in which a group's factor is contained; with a rate of 0
  /// nothing moves.
  case rate = "the rate of the step"

  /// A parameter's step depends on its own gradient alone; without one it stays, and so does its memory.
  case independence = "parameters apart"

  /// Saved with the model and loaded into a new optimizer, it goes on to the same bits.
  case state = "saved and loaded"

  /// Twenty steps in `float32` are those in `float64`, but for rounding.
  case singlePrecision = "float32 against float64"

  /// A gradient of zeros, of 1e-30 or of 1e15 leaves every parameter finite.
  case finite = "finite steps"

  /// What was read of a parameter before a step is not changed by it.
  case snapshot = "values read before stay"

  /// The same bits with 1, 2 and 8 workers, of parameters large enough that several threads share the work.
  case workers = "the same bits with 1, 2 and 8 workers"
}
