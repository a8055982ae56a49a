import Strata
import StrataTensor
import StrataTesting
import Testing

/// Properties of batch, layer and root-mean-square normalization beyond their gradients.
@Suite(.seeded) struct NormalizationTests {
  @Test func `batch normalization's worked example`() throws {
    let layer = BatchNorm(1, epsilon: 0)
    layer.weight!.value = [2]
    layer.bias!.value = [3]
    let (y, dx, gradients) = layer.run([[-1], [-1], [1], [1]], [[1], [0], [0], [0]])
    #expect(y == [[1], [1], [5], [5]])
    #expect(dx == [[1], [-1], [0], [0]])
    #expect(gradients[layer.weight!] == [-1])
    #expect(gradients[layer.bias!] == [1])

    var optimizer = SGD(for: layer, learningRate: 0)
    try optimizer.update(along: gradients)
    #expect(layer.runningMean!.value == [0])
    #expect(abs(layer.runningVariance!.value.item - (0.9 + 0.1 * 4 / 3)) < 1e-6)
  }

  @Test(arguments: [DType.float32, .float64])
  func `a constant channel gives exactly the shift`(_ dtype: DType) {
    for shape: Shape in [[7, 3], [100, 19], [3, 3, 5, 7], [2, 3, 1]] {
      let layer = BatchNorm(shape[1])
      layer.bias!.value = Tensor(normal: [shape[1]])
      layer.convert(to: dtype)
      let rows = LayerNorm(shape[-1])
      rows.bias!.value = Tensor(normal: [shape[-1]])
      rows.convert(to: dtype)
      for value in [0.1, -3e-20, 1e15, 0] {
        let x = Tensor(repeating: value, shape: shape, dtype: dtype)
        let shift = layer.bias!.value.reshaped(
          to: Shape([shape[1]] + shape.lengths.dropFirst(2).map { _ in 1 }))
        #expect(layer.forward(x).0 == Tensor(zeros: shape, dtype: dtype) + shift)
        #expect(rows.forward(x).0 == Tensor(zeros: shape, dtype: dtype) + rows.bias!.value)
      }
    }
  }

  @Test(arguments: [[4096, 17], [40, 5, 13, 11], [3, 2, 500]] as [Shape], [10.0, 1e4])
  func `a mean far above the deviation costs no accuracy`(_ shape: Shape, _ mean: Double) {
    let x = Tensor(normal: shape) + mean
    let dy = Tensor(normal: shape)
    for make in [{ BatchNorm(shape[1]) }, { LayerNorm(shape[-1]) }] as [() -> any Layer] {
      let (single, double) = (make(), make())
      double.convert(to: .float64)
      let (y, dx, gradients) = single.run(x, dy)
      let (wantedY, wantedDx, wanted) = double.run(x.converted(to: .float64), dy.converted(to: .float64))
      #expect(relativeError(y, wantedY) < 1e-6)
      #expect(relativeError(dx, wantedDx) < 1e-6)
      for (one, other) in zip(gradients.receivers, wanted.receivers) {
        #expect(relativeError(gradients[one]!, wanted[other]!) < 1e-6)
      }
    }
  }

  @Test(arguments: [(DType.float32, Double(Float.ulpOfOne), 1e-6), (.float64, Double.ulpOfOne, 1e-15)])
  func `RMSNorm's epsilon is the spacing of numbers at 1 by default`(dtype: DType, spacing: Double, bound: Double) {
    let layer = RMSNorm(2)
    layer.convert(to: dtype)
    // Elements whose square is ε: y = x / √(2ε).
    let x = Tensor(repeating: spacing.squareRoot(), shape: [1, 2], dtype: dtype)
    #expect(layer(x).elements(as: Double.self).allSatisfy { abs($0 - 0.5.squareRoot()) < bound })
  }

  @Test func `many blocks of samples agree with the definition`() {
    for shape: Shape in [[5000, 21], [64, 7, 31, 33]] {
      let layer = BatchNorm(shape[1], epsilon: 0.01)
      layer.convert(to: .float64)
      let (x, dy) = (Tensor(normal: shape, dtype: .float64) + 1, Tensor(normal: shape, dtype: .float64))
      let (y, dx, gradients) = layer.run(x, dy)
      let others = (0..<shape.rank).filter { $0 != 1 }
      func mean(_ t: Tensor) -> Tensor { t.mean(along: others, keepingAxes: true) }
      let centered = x - mean(x)
      let inverse = rsqrt(mean(centered * centered) + 0.01)
      let normal = centered * inverse
      #expect(relativeError(y, normal) < 1e-13)
      #expect(relativeError(dx, inverse * (dy - mean(dy) - normal * mean(dy * normal))) < 1e-13)
      #expect(relativeError(gradients[layer.weight!]!, (dy * normal).sum(along: others)) < 1e-13)
      #expect(relativeError(gradients[layer.bias!]!, dy.sum(along: others)) < 1e-13)
    }
    let rows = LayerNorm(21)
    rows.convert(to: .float64)
    let (x, dy) = (Tensor(normal: [5000, 21], dtype: .float64), Tensor(normal: [5000, 21], dtype: .float64))
    let (y, _, gradients) = rows.run(x, dy)
    #expect(relativeError(gradients[rows.weight!]!, (dy * y).sum(along: 0)) < 1e-13)
  }

  @Test(arguments: [[700, 130], [9, 6, 40, 41], [33, 1000]] as [Shape])
  func `any number of workers gives the same bits`(_ shape: Shape) {
    let layers: [any Layer] = [
      BatchNorm(shape[1]), LayerNorm(shape[-1]), RMSNorm(shape[-1]), Softmax(), GELU(),
    ]
    let (x, dy) = (Tensor(normal: shape), Tensor(normal: shape))
    for layer in layers {
      let (y, dx, gradients) = withWorkers(1) { layer.run(x, dy) }
      let ((y3, dx3, gradients3), threads) = WorkerLog.sharing(workers: 3) { layer.run(x, dy) }
      #expect(threads > 1)
      #expect(y.isIdentical(to: y3) && dx.isIdentical(to: dx3))
      for parameter in gradients.receivers {
        #expect(gradients[parameter]!.isIdentical(to: gradients3[parameter]!))
      }
    }
  }

  @Test func `inference takes the running statistics`() throws {
    let layer = BatchNorm(2, epsilon: 0.5)
    layer.runningMean!.value = [1, -1]
    layer.runningVariance!.value = [3.5, 0]
    layer.weight!.value = [4, 1]
    layer.bias!.value = [10, 0]
    let y = layer([[3, -1], [1, 0]])
    #expect(relativeError(y, [[14, 0], [10, 1.4142135]]) < 1e-7)
    #expect(layer([[3, -1]]).shape == [1, 2])
    #expect(layer(Tensor(zeros: [0, 2])).shape == [0, 2])
  }

  @Test func `a layer used twice observes in the order of the forward pass`() throws {
    let layer = BatchNorm(1, momentum: 0.5)
    let double = Linear(weight: Parameter([[2]]), bias: Parameter([5]))
    let model = Sequential {
      layer
      double
      layer
    }
    var optimizer = SGD(for: model, learningRate: 0)
    let (_, gradients) = model.gradients(at: [[10], [30]]) { y in (0, Tensor(ones: y.shape)) }
    try optimizer.update(along: gradients)
    // The means are 20, then 5: 0 → 10 → 7.5. In the other order it would be 11.25.
    #expect(abs(layer.runningMean!.value.item - 7.5) < 1e-5)
    // The unbiased variances are 200, then 4 · 2: 1 → 100.5 → 54.25.
    #expect(abs(layer.runningVariance!.value.item - 54.25) < 1e-3)
  }

  @Test func `without a gradient nothing is observed`() throws {
    /// A feature extractor that does not learn: no gradient goes below it.
    struct Frozen: Layer {
      let inner: BatchNorm
      let head: Linear
      func forward(_ x: Tensor) -> (Tensor, Linear.Cache) { head.forward(inner.forward(x).0) }
      func backward(_ dy: Tensor, _ cache: Linear.Cache, _ gradients: inout Gradients) -> Tensor {
        head.accumulate(dy, cache, &gradients)
        return Tensor(zeros: dy.shape)
      }
    }
    let model = Frozen(inner: BatchNorm(3), head: Linear(3, 2))
    var optimizer = SGD(for: model, learningRate: 0.1)
    let (_, gradients) = model.gradients(at: Tensor(normal: [5, 3])) { y in (0, Tensor(ones: y.shape)) }
    try optimizer.update(along: gradients)
    #expect(model.inner.runningMean!.value == [0, 0, 0])
    #expect(model.inner.runningVariance!.value == [1, 1, 1])
  }

  @Test func `misuse says both shapes and the remedy`() {
    func message(_ layer: some Layer, _ shape: Shape) -> String {
      do { return "\(try layer.outputShape(for: shape))" } catch { return "\(error)" }
    }
    #expect(
      message(BatchNorm(5), [2, 7, 5])
        == "BatchNorm(5) expects an input of shape [B, 5, …], not [2, 7, 5]; axis 1 is the channels: "
        + "reshape to [B · T, C] for features in the last axis, or use LayerNorm")
    #expect(message(BatchNorm(5), [5]).contains("[B, 5, …], not [5]"))
    #expect(
      message(LayerNorm(5), [2, 4]).contains("LayerNorm(5) expects an input of shape […, 5], not [2, 4]"))
    #expect(message(LayerNorm(shape: [2, 3]), [2, 3]).contains("[…, 2, 3], not [2, 3]"))
    #expect(message(RMSNorm(5), [2, 4]).contains("RMSNorm(5) expects an input of shape […, 5], not [2, 4]"))
    #expect(
      message(PReLU(channels: 3), [2, 4]).contains("PReLU(channels: 3) expects an input of shape [B, 3, …]"))
    #expect(message(PReLU(), [2, 4]) == "[2, 4]")
  }

  @Test func `a step takes nothing from the system once it has run`() async {
    await #expect(processExitsWith: .success) {  // a process in which no other test uses the pool
      let model = Sequential {
        BatchNorm(70)
        LayerNorm(70)
        RMSNorm(70)
        GELU()
        Softmax()
      }
      let x = Tensor(normal: [300, 70])
      func step() { _ = model.gradients(at: x) { y in (0, y) } }
      step()
      step()
      let misses = Memory.poolMisses
      for _ in 0..<5 { step() }
      #expect(Memory.poolMisses == misses)
    }
  }

  @Test func `the gradient is right where γ over the variance is too small for the type`() {
    let x: Tensor = [[-1e22], [2e22], [0.5e22], [3e22]]
    let dy: Tensor = [[1], [-2], [0.5], [3]]
    func dx(_ dtype: DType) -> Tensor {
      let layer = BatchNorm(1)
      layer.convert(to: dtype)
      return layer.run(x.converted(to: dtype), dy.converted(to: dtype)).dx
    }
    #expect(relativeError(dx(.float32), dx(.float64).converted(to: .float32)) < 1e-6)
  }

  /// Squares beyond the largest double make the variance infinite, as in PyTorch: rows become β and nothing flows back.
  @Test(arguments: [1e155, 1e200, 1e290]) func `a scale whose squares overflow gives β`(_ scale: Double) {
    let (x, dy) = (scale * Tensor(normal: [6, 4], dtype: .float64), Tensor(normal: [6, 4], dtype: .float64))
    let layers: [any Layer] = [BatchNorm(4), LayerNorm(4), RMSNorm(4)]
    for layer in layers {
      layer.convert(to: .float64)
      let (y, dx, gradients) = layer.run(x, dy)
      #expect(y == Tensor(zeros: [6, 4], dtype: .float64) && dx == Tensor(zeros: [6, 4], dtype: .float64), "\(layer)")
      #expect(gradients.receivers.allSatisfy { gradients[$0]!.isFinite })
    }
  }

  /// From the smallest normal numbers to where squares overflow, and in float32 over its whole range.
  @Test(arguments: [(DType.float32, 1e-30), (.float32, 1e30), (.float32, 3e37), (.float64, 1e-150), (.float64, 1e150)])
  func `normalized numbers do not depend on their scale`(_ dtype: DType, _ scale: Double) {
    let (x, dy) = (Tensor(normal: [6, 4], dtype: dtype), Tensor(normal: [6, 4], dtype: dtype))
    let layers: [@Sendable () -> any Layer] = [
      { BatchNorm(4, epsilon: 0) }, { LayerNorm(4, epsilon: 0) }, { RMSNorm(4, epsilon: 0) },
    ]
    for make in layers {
      func run(_ x: Tensor) -> (y: Tensor, dx: Tensor) {
        let layer = make()
        layer.convert(to: dtype)
        let (y, dx, _) = layer.run(x, dy)
        return (y, dx)
      }
      let (one, scaled) = (run(x), run(scale * x))
      let tolerance = dtype == .float32 ? 1e-5 : 1e-13
      #expect(relativeError(scaled.y, one.y) < tolerance, "\(make())")
      #expect(relativeError(scaled.dx * scale, one.dx) < tolerance, "dx of \(make())")
    }
  }

  @Test func `not a number comes through`() {
    var x = Tensor(normal: [4, 6])
    x.withUnsafeMutableElements(as: Float.self) { $0[7] = .nan }
    let bad = BatchNorm(6).forward(x).0.sum(along: 0).elements(as: Float.self).map(\.isNaN)
    #expect(bad == [false, true, false, false, false, false])
    let rows = LayerNorm(6)(x).sum(along: 1).elements(as: Float.self).map(\.isNaN)
    #expect(rows == [false, true, false, false])
  }
}
