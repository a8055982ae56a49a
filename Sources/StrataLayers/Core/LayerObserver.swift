import StrataTensor

/// What sees each module of a model while the model runs, containers included: a child comes before the module that
/// it is in.
package protocol LayerObserver: AnyObject, Sendable {
  /// Whether it is given tensors, which nobody can then overwrite in place; else the lists are empty and there is no
  /// cache, so that the model runs as it does unobserved.
  var readsTensors: Bool { get }

  /// A module is about to run.
  func willRun(_ module: any Module, at path: String)

  /// A module has run: forward, where there is a cache, else in inference.
  func didRun(_ module: any Module, at path: String, input: [Tensor], output: [Tensor], cache: (any CacheBox)?)

  /// A module's backward is about to run.
  func willReverse(_ module: any Module, at path: String)

  /// A module's backward has run; dx is nil where nobody wanted it.
  func didReverse(_ module: any Module, at path: String, dy: [Tensor], dx: [Tensor]?)

  /// A recurrence has run; the states are its outputs h, for each step those of the sequences that have it.
  func didUnroll(_ layer: any Layer, at path: String, states: [Tensor])

  /// A recurrence's backward has run: ‖dL/ds_t‖ of each step, and what of a gradient at the last step alone has
  /// reached it.
  func didReverseTime(_ layer: any Layer, at path: String, norms: [Double], carried: [Double])
}

extension LayerObserver {
  package var readsTensors: Bool { true }
  package func willRun(_ module: any Module, at path: String) {}
  package func willReverse(_ module: any Module, at path: String) {}
  package func didReverse(_ module: any Module, at path: String, dy: [Tensor], dx: [Tensor]?) {}
  package func didUnroll(_ layer: any Layer, at path: String, states: [Tensor]) {}
  package func didReverseTime(_ layer: any Layer, at path: String, norms: [Double], carried: [Double]) {}
}
