import StrataTensor

/// Sees what each layer of a model takes and gives while the model runs, containers included: a child is told
/// of before the container that it is in.
package protocol LayerObserver: AnyObject, Sendable {
  /// A layer's forward has run.
  func didRun(_ layer: any Layer, at path: String, input: Tensor, output: Tensor)

  /// A layer's backward has run; dx is nil where nobody wanted it.
  func didReverse(_ layer: any Layer, at path: String, dy: Tensor, dx: Tensor?)

  /// A recurrence has run; the states are its outputs h of all steps, [B, T, hidden].
  func didUnroll(_ layer: any Layer, at path: String, states: Tensor)

  /// A recurrence's backward has run: ‖dL/ds_t‖ of each step, and what of a gradient at the last step alone has
  /// reached it.
  func didReverseTime(_ layer: any Layer, at path: String, norms: [Double], carried: [Double])
}
