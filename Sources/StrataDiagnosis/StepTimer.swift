import StrataLayers
import StrataTensor

/// Times each module of a step, without what runs inside it.
final class StepTimer: LayerObserver {
  /// What a module has taken for itself.
  struct Work: Sendable {
    let path: String
    let module: any Module
    var runs = 0
    var forward = 0.0
    var backward = 0.0
    var multiplyAdds = 0
    /// Whether others have run inside it.
    var isContainer = false
  }

  private struct Frame: Sendable {
    let start: ContinuousClock.Instant
    let multiplyAdds: Int
    let isReverse: Bool
    /// What has run inside it.
    var innerSeconds = 0.0
    var innerMultiplyAdds = 0
    var hasInner = false
  }

  private struct State: Sendable {
    var frames: [Frame] = []
    var works: [Work] = []
    var positions: [String: Int] = [:]
  }

  private let state = Lock(State())

  /// The modules in the order in which they first ended.
  var works: [Work] { state.withLock { $0.works } }

  var readsTensors: Bool { false }

  func willRun(_ module: any Module, at path: String) { begin(isReverse: false) }
  func willReverse(_ module: any Module, at path: String) { begin(isReverse: true) }

  func didRun(
    _ module: any Module, at path: String, input: [Tensor], output: [Tensor], cache: (any CacheBox)?
  ) { end(module, path) }

  func didReverse(_ module: any Module, at path: String, dy: [Tensor], dx: [Tensor]?) { end(module, path) }

  private func begin(isReverse: Bool) {
    state.withLock { state in
      // What runs forward again inside of a backward is a part of it.
      let isReverse = isReverse || state.frames.last?.isReverse ?? false
      state.frames.append(
        Frame(start: .now, multiplyAdds: WorkMeter.thread.multiplyAdds, isReverse: isReverse))
    }
  }

  private func end(_ module: any Module, _ path: String) {
    let now = ContinuousClock.now
    state.withLock { state in
      let frame = state.frames.removeLast()
      let seconds = (now - frame.start) / .seconds(1)
      let multiplyAdds = WorkMeter.thread.multiplyAdds - frame.multiplyAdds
      if let parent = state.frames.indices.last {
        state.frames[parent].innerSeconds += seconds
        state.frames[parent].innerMultiplyAdds += multiplyAdds
        state.frames[parent].hasInner = true
      }
      let position = state.positions[path] ?? state.works.count
      if position == state.works.count {
        state.works.append(Work(path: path, module: module))
        state.positions[path] = position
      }
      let own = seconds - frame.innerSeconds
      if frame.isReverse {
        state.works[position].backward += own
      } else {
        state.works[position].forward += own
        state.works[position].runs += 1
      }
      state.works[position].multiplyAdds += multiplyAdds - frame.innerMultiplyAdds
      state.works[position].isContainer = state.works[position].isContainer || frame.hasInner
    }
  }
}
