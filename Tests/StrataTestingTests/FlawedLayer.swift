import Foundation
import Strata
import Synchronization

/// y = a tanh(x) with learnt a, correct except for one flaw.
struct FlawedLayer: Layer, CustomStringConvertible {
  enum Flaw: String, CaseIterable {
    case none, sign, single, overwriting, stranger, lastInput, ringOfInputs, consumedCache, liveWeight, accumulate
    case keepsInput, hiddenCache, largeCache, hiddenParameter, plainTensor, impure, batchOfOne, outputShape
    case message, otherError, swallowsNaN, clampsInfinity, workers, hiddenStatistic, oneHot
    case inference
  }

  let flaw: Flaw
  let a = Parameter([], initialValue: 1.5)
  let memory = Memory()
  /// State that a walk over the properties does not find.
  let hidden: Hidden
  let plain: Tensor?

  struct Cache: Sendable {
    var t: Tensor
    var a: Tensor
    var extra: Tensor?
    var closure: (@Sendable () -> Tensor)?
    var slot = 0
    var once: Once?
  }

  final class Once: Sendable {
    let used = Mutex(false)
  }

  final class Memory: Sendable {
    let inputs = Mutex<[Tensor]>([])
    let calls = Mutex(0)
  }

  struct Hidden: Sendable, CustomReflectable {
    let b = Parameter([], initialValue: 0.5)
    let statistic = Statistic(Tensor(zeros: []))
    var customMirror: Mirror { Mirror(self, children: []) }
  }

  init(_ flaw: Flaw) {
    self.flaw = flaw
    hidden = Hidden()
    plain = flaw == .plainTensor ? [1] : nil
  }

  func forward(_ x: Tensor) -> (Tensor, Cache) {
    let a = a.value
    let t = tanh(x)
    var (y, cache) = (a * t, Cache(t: t, a: a))
    switch flaw {
    case .single where x.dtype == .float32: y = y * 1.001
    case .lastInput: memory.inputs.withLock { $0 = [t] }
    case .ringOfInputs:
      cache.slot = memory.calls.withLock { calls in
        calls += 1
        return calls % 4
      }
      memory.inputs.withLock { $0 = $0.count == 4 ? $0 : [t, t, t, t] }
      memory.inputs.withLock { $0[cache.slot] = t }
    case .consumedCache: cache.once = Once()
    case .hiddenCache:
      cache.closure = { [t = 1 * t] in t }
    case .largeCache: cache.extra = 1 * x
    case .hiddenParameter: y = y + hidden.b.value * t
    case .impure:
      let call = memory.calls.withLock { calls in
        calls += 1
        return calls
      }
      y = y * (1 + 1e-3 * Double(call % 2))
    case .swallowsNaN: y = y.changing { $0.isNaN ? 0 : $0 }
    case .clampsInfinity:
      y = x.changing { $0.isInfinite ? 0 : $0 } * 0 + tanh(x.changing { $0.isInfinite ? 0 : $0 }) * a
    case .workers: y = y + 1e-3 * Double(Runtime.workers)
    default: break
    }
    return (y, cache)
  }

  func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Tensor {
    var (t, a) = (cache.t, cache.a)
    switch flaw {
    case .lastInput: t = memory.inputs.withLock { $0[0] }
    case .ringOfInputs: t = memory.inputs.withLock { $0[cache.slot] }
    case .consumedCache where cache.once!.used.withLock({ $0 }): t = 0 * t
    case .liveWeight: a = self.a.value
    case .hiddenCache: t = cache.closure!()
    default: break
    }
    cache.once?.used.withLock { $0 = true }
    let da = (dy * t).sum()
    if flaw == .hiddenParameter { gradients.add(da, to: hidden.b) }
    if flaw == .hiddenStatistic { gradients.observe(da, for: hidden.statistic, momentum: 0.1) }
    if flaw == .overwriting { gradients.modifyEach { $1 = $0 === self.a ? 0 * $1 : $1 } }
    if flaw == .stranger { gradients.modifyEach { $1 = $0 === self.a ? $1 : 2 * $1 } }
    gradients.add(flaw == .sign ? -da : da, to: self.a)
    let dx = dy * a * (1 - t * t)
    // Wrong only for single outputs, which a random dy does not detect.
    if flaw == .oneHot && dy.elements(as: Double.self).count(where: { $0 != 0 }) == 1 { return 2 * dx }
    return flaw == .batchOfOne && dy.shape[0] == 1 ? 2 * dx : dx
  }

  func accumulate(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) {
    if flaw == .accumulate { return }
    _ = backward(dy, cache, &gradients)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    if flaw == .keepsInput { memory.inputs.withLock { $0 = [x] } }
    return flaw == .inference ? 1.01 * forward(x).0 : forward(x).0
  }

  func outputShape(for input: Shape) throws -> Shape {
    switch flaw {
    case .outputShape: return [input.count]
    case .message where input.rank != 2:
      throw ShapeError("FlawedLayer", expected: "a matrix", input: [], remedy: "")
    case .otherError where input.rank != 2: throw CancellationError()
    default: return input
    }
  }

  var description: String { "FlawedLayer(\(flaw))" }
}

extension Tensor {
  /// Returns the tensor with a function applied to each element.
  fileprivate func changing(_ change: (Double) -> Double) -> Tensor {
    Tensor(elements(as: Double.self).map(change), shape: shape).converted(to: dtype)
  }
}
