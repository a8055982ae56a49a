import Strata
import Synchronization

/// y = xW + b with a fault planted in the backward, which the checks must find and name.
struct FaultyLinear: Layer {
  enum Fault: CaseIterable {
    case none, sign, batchTimes, batchOver, transposed, missing, zero, subtle, inputTerm, untransposedFactor
    case biasSum, lastSampleMissing, staleFirst, staleLast, notFinite
  }

  let weight = Parameter(withSeed(9) { Tensor(normal: [3, 3]) })
  let bias = Parameter(withSeed(10) { Tensor(normal: [3]) })
  let fault: Fault
  let memory = Memory()

  struct Cache: Sendable {
    let x: Tensor
    let weight: Tensor
  }

  /// State that a layer should not keep.
  final class Memory: Sendable {
    let first = Mutex<Tensor?>(nil)
    let last = Mutex<Tensor?>(nil)
  }

  func forward(_ x: Tensor) -> (Tensor, Cache) {
    if fault == .staleFirst { memory.first.withLock { $0 = $0 ?? x } }
    if fault == .staleLast { memory.last.withLock { $0 = x } }
    let weight = weight.value
    return (matmul(x, weight) + bias.value, Cache(x: x, weight: weight))
  }

  func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Tensor {
    var x = cache.x
    if let first = memory.first.withLock({ $0 }) { x = first }
    if let last = memory.last.withLock({ $0 }) { x = last }
    let dW = matmul(x.transposed, dy)
    let batch = Double(dy.shape[0])
    switch fault {
    case .sign: gradients.add(-dW, to: weight)
    case .batchTimes: gradients.add(batch * dW, to: weight)
    case .batchOver: gradients.add(dW / batch, to: weight)
    case .transposed: gradients.add(dW.transposed.tensor, to: weight)
    case .missing: break
    case .zero: gradients.add(0 * dW, to: weight)
    case .subtle: gradients.add(dW * (1 + 1e-7), to: weight)
    case .lastSampleMissing:
      let rest = 0..<dy.shape[0] - 1
      gradients.add(matmul(x[rest].transposed, dy[rest]), to: weight)
    case .notFinite: gradients.add(dW / 0, to: weight)
    default: gradients.add(dW, to: weight)
    }
    gradients.add(fault == .biasSum ? dy[0] : dy.sum(along: 0), to: bias)
    if fault == .untransposedFactor { return matmul(dy, cache.weight) }
    let dx = matmul(dy, cache.weight.transposed)
    return fault == .inputTerm ? dx + 1e-6 : dx
  }
}

/// y = x + tanh(x), whose backward omits the skip connection, and y = (x − mean) / deviation over the last axis,
/// whose backward treats both, or only the mean, as constants.
struct FaultyShortcut: Layer {
  func forward(_ x: Tensor) -> (Tensor, Tensor) {
    let f = tanh(x)
    return (x + f, f)
  }

  func backward(_ dy: Tensor, _ f: Tensor, _ gradients: inout Gradients) -> Tensor { dy * (1 - f * f) }
}

struct FaultyNormalization: Layer {
  enum Fault: CaseIterable { case all, mean, softmax, batch }
  let fault: Fault

  func forward(_ x: Tensor) -> (Tensor, (y: Tensor, scale: Tensor)) {
    let axis = fault == .batch ? 0 : -1
    if fault == .softmax {
      let e = exp(x)
      let scale = 1 / e.sum(along: -1, keepingAxis: true)
      return (e * scale, (e * scale, scale))
    }
    let centered = x - x.mean(along: axis, keepingAxis: true)
    let scale = rsqrt((centered * centered).mean(along: axis, keepingAxis: true))
    return (centered * scale, (centered * scale, scale))
  }

  func backward(_ dy: Tensor, _ cache: (y: Tensor, scale: Tensor), _ gradients: inout Gradients) -> Tensor {
    switch fault {
    case .all, .batch: cache.scale * dy
    case .mean: cache.scale * (dy - cache.y * (dy * cache.y).mean(along: -1, keepingAxis: true))
    case .softmax: dy * cache.y
    }
  }
}
