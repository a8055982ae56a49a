import StrataTensor

/// What each module that holds no other took and gave in one run of a model.
package final class LeafRuns: LayerObserver {
  /// One run of one module.
  package struct Run: Sendable {
    package let path: String
    package let module: any Module
    package let input: [Tensor]
    package let output: [Tensor]
    /// Its cache; nil in inference.
    package let cache: (any CacheBox)?
    /// Whether modules in it have run before.
    package let isContainer: Bool
  }

  private let runs = Lock<[Run]>([])
  private let includesContainers: Bool

  private init(includesContainers: Bool = false) { self.includesContainers = includesContainers }

  /// Runs a model forward.
  ///
  /// - Parameter includesContainers: Whether modules that hold others are listed too, after these.
  package static func ofForward<Model: Module>(
    _ model: Model, at x: Model.Input, includesContainers: Bool = false
  ) -> [Run] {
    let recorder = LeafRuns(includesContainers: includesContainers)
    _ = LayerObservation.by(recorder) { model.forwardBoxed(x) }
    return recorder.runs.withLock { $0 }
  }

  /// Runs a model in inference.
  package static func ofInference<Model: Module>(_ model: Model, at x: Model.Input) -> [Run] {
    let recorder = LeafRuns()
    LayerObservation.by(recorder) {
      let y = model(x)
      recorder.didRun(model, at: "", input: x.tensors, output: y.tensors, cache: nil)
    }
    return recorder.runs.withLock { $0 }
  }

  package func didRun(
    _ module: any Module, at path: String, input: [Tensor], output: [Tensor], cache: (any CacheBox)?
  ) {
    runs.withLock { runs in
      // What has run inside it stands for it.
      let isContainer = runs.contains { $0.path != path && isInside($0.path, path) }
      if isContainer, !includesContainers { return }
      runs.append(
        Run(path: path, module: module, input: input, output: output, cache: cache, isContainer: isContainer))
    }
  }
}

extension Module {
  /// Returns what every module that holds no other gives in inference, by path, in order: one tensor for a layer.
  public func activations(of x: Input) -> [(path: String, output: [Tensor])] {
    LeafRuns.ofInference(self, at: x).map { ($0.path, $0.output) }
  }
}

extension Layer {
  /// Returns the output of every layer in inference, by path, in order.
  public func activations(of x: Tensor) -> [(path: String, output: Tensor)] {
    LeafRuns.ofInference(self, at: x).map { ($0.path, $0.output[0]) }
  }
}
