import Foundation
import StrataLayers
import StrataTensor

extension LayerProbe {
  /// ``LayerCheck/workers``
  func checkWorkers() throws -> String {
    let large = shape.withLargeBatches.filter(takes)
    return try StrataTesting.checkWorkers(large.isEmpty ? [shape] : large) { shape in
      let x = input(shape)
      let calls = layer.callsOfForward(at: x)
      let dy = cotangent(layer(x).shape)
      return { run(x, calls, from: dy).tensors(contents) + [("the output of layer(x)", layer(x))] }
    }
  }

  /// ``LayerCheck/concurrency``
  ///
  /// All eight forwards end before the first backward, so that state left in the layer belongs to another call.
  func checkConcurrency() throws -> String {
    let count = 8
    let xs = (0..<count).map { input(shape, $0) }
    let calls = layer.callsOfForward(at: xs[0])
    @Sendable func infer(_ x: Tensor) -> [(name: String, tensor: Tensor)] { [("the output of layer(x)", layer(x))] }
    let expected = xs.map { run($0, calls).tensors(contents) + infer($0) }
    let found = Lock<[Int: [(name: String, tensor: Tensor)]]>([:])
    let meeting = Meeting(of: count)
    let threads = (0..<count).map { index in
      Thread {
        meeting.await()
        let (y, cache) = calls.replayed { layer.forward(xs[index]) }
        meeting.await()
        let pass = backward(cotangent(y.shape), cache, y).tensors(contents) + infer(xs[index])
        found.withLock { $0[index] = pass }
        meeting.await()
      }
    }
    for thread in threads {
      thread.stackSize = 4 << 20
      thread.start()
    }
    meeting.awaitEnd(rounds: 3)
    for index in 0..<count {
      try demandSameBits(
        found.withLock { $0[index]! }, expected[index],
        "calls meet in something that the layer changes: a buffer, a counter, a class; a layer is immutable")
    }
    return ""
  }
}

/// A barrier at which threads wait for each other, repeatedly.
private final class Meeting: Sendable {
  private let count: Int
  private let arrivals = Lock(0)
  private let condition = NSCondition()

  init(of count: Int) { self.count = count }

  /// Waits until all threads have arrived as often as this one.
  func await() {
    condition.lock()
    defer { condition.unlock() }
    let place = arrivals.withLock { arrivals in
      arrivals += 1
      return arrivals
    }
    let round = (place - 1) / count + 1
    condition.broadcast()
    while arrivals.withLock({ $0 }) < round * count { condition.wait() }
  }

  /// Waits until all threads have arrived `rounds` times.
  func awaitEnd(rounds: Int) {
    condition.lock()
    defer { condition.unlock() }
    while arrivals.withLock({ $0 }) < rounds * count { condition.wait() }
  }
}
