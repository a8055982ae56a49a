import StrataTensor

/// What some layers need to run forward again just as they did.
struct Replay: Sendable {
  fileprivate let calls: RandomCalls
  fileprivate let versions: [Int]
  fileprivate let isInference: Bool
}

extension WatchedTensors {
  /// Runs the layers forward, and notes how.
  func recording<R>(_ forward: () -> R) -> (result: R, replay: Replay) {
    let versions = versions
    let (result, calls) = RandomCalls.recording(forward)
    return (result, Replay(calls: calls, versions: versions, isInference: Inference.isRunning))
  }

  /// Runs the layers forward again on the same input. A tensor of theirs that has changed since stops the program.
  func replaying<R>(_ replay: Replay, for layer: String, _ forward: () -> R) -> R {
    requireUnchanged(since: replay.versions, layer)
    return replay.calls.replayed { Inference.running(replay.isInference, forward) }
  }
}
