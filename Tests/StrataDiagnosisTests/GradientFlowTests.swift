import Foundation
import Strata
import StrataTensor
import Testing

@Suite(.seeded) struct GradientFlowTests {
  /// L = Σ y · c, whose gradient is c for any y.
  private struct Weighted: Loss {
    func evaluate(_ output: consuming Tensor, _ target: Tensor) -> (value: Double, gradient: Tensor) {
      let value = (copy output * target).sum().item
      return (value, target)
    }
  }

  private static func linear(_ weight: Tensor) -> Linear { Linear(weight: Parameter(weight), bias: nil) }

  private static func stack(
    _ depth: Int, width: Int, _ initializer: Initializer, _ activation: any Layer, seed: UInt64 = 1
  ) -> Sequential {
    withSeed(seed) {
      Sequential(
        (0..<depth).flatMap { _ -> [any Layer] in
          [Linear(width, width, bias: false, initializer: initializer), activation]
        })
    }
  }

  @Test func `norms and gains are those worked out by hand`() {
    // x = (3, 4), W₁ = 2I, ReLU, W₂ = (1, 0)ᵀ: y = 6, and dL/dy = 5 gives dL/dh = (5, 0), dL/dx = (10, 0).
    let model = Sequential {
      Self.linear([[2, 0], [0, 2]])
      ReLU()
      Self.linear([[1], [0]])
    }
    let flow = GradientFlow(of: model, at: [[3, 4]], [[5]], loss: Weighted())
    #expect(flow.loss == 30)
    #expect(flow.outputGradientNorm == 5)
    #expect(flow.layers.map(\.path) == ["0", "1", "2"])
    #expect(flow.layers.map(\.activationNorm) == [10, 10, 6])
    #expect(abs(flow.layers[0].activationRMS - 50.squareRoot()) < 1e-12)
    #expect(flow.layers.map(\.gradientNorm) == [5, 5, 5])
    #expect(flow.layers.map(\.gain) == [2, 1, 1])
    #expect(flow.layers.map(\.gainBound) == [2, 1, 1])
    // dW₁ = xᵀ dh = [[15, 0], [20, 0]], dW₂ = hᵀ dy = (30, 40).
    #expect(flow.parameters.map(\.gradientNorm) == [25, 50])
    #expect(flow.parameters.map(\.norm) == [8.squareRoot(), 1])
    #expect(flow.flags.isEmpty)
  }

  @Test func `the product of the gains is what is left of the output's gradient`() throws {
    let model = Self.stack(6, width: 16, .heNormal, Tanh())
    let x = withSeed(2) { Tensor(normal: [8, 16]) }
    let flow = GradientFlow(of: model, at: x, Tensor(zeros: [8, 16]), loss: MeanSquaredError())
    var product = 1.0
    for layer in flow.layers.reversed() {
      #expect(abs(layer.product / product - 1) < 1e-5)
      product *= try #require(layer.gain)
    }
  }

  @Test func `ten sigmoid layers keep less of the gradient than the textbook's 0.25 to the tenth`() {
    // Weights with singular values of 1 leave only the slopes, each at most ¼.
    let model = Self.stack(10, width: 16, .orthogonal(), Sigmoid())
    let x = withSeed(2) { Tensor(normal: [32, 16]) }
    let flow = GradientFlow(of: model, at: x, Tensor(ones: [32, 16]), loss: Weighted())
    #expect(flow.layers.filter { $0.path == "1" || $0.path == "19" }.map(\.gainBound) == [0.25, 0.25])
    let first = flow.layers[0].product
    #expect(first < pow(0.25, 10) && first > pow(0.15, 10))
    #expect(flow.flags.map(\.kind) == [.vanishing])
    #expect(flow.flags[0].path == "0")
    #expect(flow.flags[0].remedies.first == .activation)
    #expect(flow.flags[0].evidence.contains("Sigmoid × 10"))
  }

  @Test func `a gain of 1.5 over 100 layers is 1.5 to the hundredth`() {
    let model = withSeed(3) {
      Sequential((0..<100).map { _ in Linear(8, 8, bias: false, initializer: .orthogonal(gain: 1.5)) })
    }
    model.convert(to: .float64)
    let x = withSeed(4) { Tensor(normal: [4, 8], dtype: .float64) }
    let flow = GradientFlow(of: model, at: x, Tensor(ones: [4, 8], dtype: .float64), loss: Weighted())
    // The weights were drawn in float32, so each is orthogonal to about 1e-7.
    #expect(abs(flow.layers[0].product / pow(1.5, 99) - 1) < 1e-4)
    #expect(flow.layers.allSatisfy { abs($0.gain! - 1.5) < 1e-5 && abs($0.gainBound! - 1.5) < 1e-5 })
    #expect(flow.flags.map(\.kind) == [.exploding])
    #expect(flow.flags[0].remedies.contains(.clipping) && flow.flags[0].remedies.contains(.weightDecay))
  }

  @Test func `weights too small vanish by the weights, and initialization is the first remedy`() {
    let model = Self.stack(6, width: 16, .normal(standardDeviation: 0.02), Tanh())
    let x = withSeed(2) { Tensor(normal: [8, 16]) }
    let flow = GradientFlow(of: model, at: x, Tensor(ones: [8, 16]), loss: Weighted())
    #expect(flow.flags.map(\.kind) == [.vanishing])
    #expect(flow.flags[0].remedies.first == .initialization)
  }

  @Test func `He's initialization and residual branches raise no flag at depth 50`() {
    let x = withSeed(2) { Tensor(normal: [32, 64]) }
    let he = Self.stack(50, width: 64, .heNormal, ReLU())
    let residual = withSeed(5) {
      Sequential(
        (0..<50).map { _ in
          Residual {
            LayerNorm(64)
            Linear(64, 64, initializer: .normal(standardDeviation: 0.02))
            ReLU()
          }
        })
    }
    for model in [he, residual] {
      let flow = GradientFlow(of: model, at: x, Tensor(ones: [32, 64]), loss: Weighted())
      #expect(flow.flags.isEmpty, "\(flow)")
    }
  }

  /// Runs its layers again in backward instead of keeping their caches.
  private struct Recomputed: Layer {
    let layers: Sequential
    func forward(_ x: Tensor) -> (Tensor, Tensor) { (layers.forward(x).0, x) }
    func backward(_ dy: Tensor, _ x: Tensor, _ gradients: inout Gradients) -> Tensor {
      layers.backward(dy, layers.forward(x).1, &gradients)
    }
  }

  @Test func `layers that run again in backward are met once`() {
    let x = withSeed(2) { Tensor(normal: [8, 16]) }
    let plain = Self.stack(2, width: 16, .heNormal, ReLU())
    let flows = [Sequential { plain }, Sequential { Recomputed(layers: plain) }].map {
      GradientFlow(of: $0, at: x, Tensor(ones: [8, 16]), loss: Weighted())
    }
    #expect(flows[1].layers.map(\.path) == ["0.0", "0.1", "0.2", "0.3"])
    #expect(flows[1].layers.map(\.gradientNorm) == flows[0].layers.map(\.gradientNorm))
  }

  // MARK: Units

  @Test func `dead and saturated units are counted`() {
    // Of four units two see −1 and −2 on every row; one sees 0, where ReLU passes nothing.
    let dead = Sequential {
      Self.linear([[1, -1, -2, 0]])
      ReLU()
    }
    let flow = GradientFlow(of: dead, at: [[1], [2]], Tensor(ones: [2, 4]), loss: Weighted())
    #expect(flow.layers.map(\.deadShare) == [nil, 0.75])
    #expect(flow.flags.isEmpty)  // three of four could be chance
    // σ(5)(1 − σ(5)) = 0.0066 is below 1/80, σ(4)(1 − σ(4)) = 0.0177 is not; 1 − tanh²(2.2) = 0.048 is below 1/20.
    let rows: Tensor = [[5, 4, -5, 0]]
    let sigmoid = GradientFlow(of: Sigmoid(), at: rows, Tensor(ones: [1, 4]), loss: Weighted())
    #expect(sigmoid.layers.map(\.saturatedShare) == [0.5])
    let tanh = GradientFlow(of: Tanh(), at: [[2.2, -2.2, 2.1, 9]], Tensor(ones: [1, 4]), loss: Weighted())
    #expect(tanh.layers.map(\.saturatedShare) == [0.75])
    #expect(tanh.flags.map(\.kind) == [.saturated])
  }

  @Test func `units of images are channels`() {
    let x = Tensor(concatenating: [Tensor(ones: [2, 1, 3, 3]), Tensor(repeating: -1, shape: [2, 1, 3, 3])], along: 1)
    let flow = GradientFlow(of: ReLU(), at: x, Tensor(ones: [2, 2, 3, 3]), loss: Weighted())
    #expect(flow.layers[0].deadShare == 0.5)
  }

  // MARK: Time

  private static func recurrence(
    _ gain: Double, _ result: Recurrent<RNNCell>.Result = .lastStep
  ) -> (Recurrent<RNNCell>, Tensor) {
    let cell = RNNCell(3, 4, activation: .relu)
    cell.hiddenWeight.value = gain * Tensor.identity(4)
    cell.inputWeight.value = Tensor(ones: [3, 4])
    return (Recurrent(cell, returning: result), Tensor(ones: [2, 10, 3]))
  }

  @Test(arguments: [0.1, 1.0, 3.0])
  func `the gradient of each time step, and the gain of a step beside the spectral radius`(_ gain: Double) throws {
    let (model, x) = Self.recurrence(gain)
    let flow = GradientFlow(of: model, at: x, Tensor(ones: [2, 4]), loss: Weighted())
    let time = try #require(flow.recurrences.first)
    #expect(time.activationNorms.count == 10 && time.gradientNorms.count == 10)
    #expect(abs(time.spectralRadius! / gain - 1) < 1e-6)
    #expect(time.predictedGain == time.spectralRadius)
    #expect(abs(time.gain / gain - 1) < 1e-5)
    // ‖dL/dh_10‖ = √8 for eight ones, times the gain for each earlier step.
    for step in 0..<10 {
      #expect(abs(time.gradientNorms[step] / (8.squareRoot() * pow(gain, Double(9 - step))) - 1) < 1e-5)
    }
    #expect(flow.flags.map(\.kind) == (gain < 1 ? [.vanishing] : gain > 1 ? [.exploding] : []))
    if gain < 1 { #expect(flow.flags[0].remedies.first == .gate) }
    if gain > 1 { #expect(flow.flags[0].remedies.first == .clipping) }
  }

  @Test func `the gradient carried through time is separate from that which enters at each step`() throws {
    let (model, x) = Self.recurrence(0.1, .sequence)
    let flow = GradientFlow(of: model, at: x, Tensor(ones: [2, 10, 4]), loss: Weighted())
    let time = try #require(flow.recurrences.first)
    #expect(time.gradientNorms.allSatisfy { $0 >= 2.8 })
    #expect(abs(time.product / 1e-9 - 1) < 1e-4)
  }

  @Test func `reading from the end carries as reading what is turned around does`() throws {
    let (ahead, reverse) = withSeed(3) { (LSTMCell(3, 4), LSTMCell(3, 4)) }
    let x = Tensor(normal: [2, 6, 3])
    let dy = Tensor(normal: [2, 6, 8])
    let both = GradientFlow(of: Sequential { Bidirectional(ahead, reverse) }, at: x, dy, loss: Weighted())
    let turned = GradientFlow(
      of: Sequential { Recurrent(reverse) }, at: x.flipped(along: 1),
      dy.split([4, 4], along: -1)[1].flipped(along: 1), loss: Weighted())
    let (found, expected) = (both.recurrences[1], turned.recurrences[0])
    #expect(zip(found.carriedNorms, expected.carriedNorms).allSatisfy { abs($0 / $1 - 1) < 1e-5 })
    #expect(found.carriedNorms.count == 6 && expected.carriedNorms.count == 6)
    #expect(zip(found.gradientNorms, expected.gradientNorms).allSatisfy { abs($0 / $1 - 1) < 1e-5 })
  }

  @Test func `gated cells and both directions have their time steps`() {
    let model = withSeed(6) {
      Sequential {
        Bidirectional(LSTMCell(3, 4), LSTMCell(3, 4))
        Recurrent(GRUCell(8, 4), returning: .lastStep)
      }
    }
    let flow = GradientFlow(of: model, at: Tensor(ones: [2, 5, 3]), Tensor(ones: [2, 4]), loss: Weighted())
    #expect(flow.layers.map(\.path) == ["0", "1"])
    #expect(flow.recurrences.map(\.path) == ["0", "0", "1"])
    #expect(flow.recurrences.allSatisfy { $0.gradientNorms.count == 5 && $0.predictedGain == nil })
    #expect(flow.recurrences.allSatisfy { ($0.spectralRadius ?? 0) > 0 })
  }

  // MARK: Steps and noise

  @Test func `the ratio of update to weight is that of the optimizer's step`() {
    let model = Self.linear([[3, 0], [0, 4]])
    let sgd = SGD(for: model, learningRate: 0.1)
    // dW = xᵀ dy = all ones, norm 2: Δw has norm 0.2, w has 5.
    let flow = GradientFlow(of: model, at: [[1, 1]], [[1, 1]], loss: Weighted(), optimizer: sgd)
    #expect(abs(flow.parameters[0].updateRatio! - 0.04) < 1e-7)
    #expect(abs(flow.layers[0].updateRatio! - 0.04) < 1e-7)
    let fast = SGD(for: model, learningRate: 1)
    let flags = GradientFlow(of: model, at: [[1, 1]], [[1, 1]], loss: Weighted(), optimizer: fast).flags
    #expect(flags.map(\.kind) == [.stepTooLarge])
    #expect(flags[0].remedies.first == .learningRate)
    let slow = SGD(for: model, learningRate: 1e-8)
    #expect(
      GradientFlow(of: model, at: [[1, 1]], [[1, 1]], loss: Weighted(), optimizer: slow).flags.map(\.kind)
        == [.stepTooSmall])
  }

  @Test func `the noise of the gradient is the spread of the micro-batches' gradients`() throws {
    // L = mean of (w − t)² with x = 1: gᵢ = 2(w − tᵢ), here −2, −6 in the two parts of two equal rows.
    let model = Self.linear([[0]])
    let t = Tensor([1, 1, 3, 3], shape: [4, 1])
    let flow = GradientFlow(of: model, at: Tensor(ones: [4, 1]), t, loss: MeanSquaredError(), microBatches: 2)
    let noise = try #require(flow.noise)
    #expect(noise.microBatches == 2 && noise.microBatchSize == 2)
    // S = (2² + 2²) / 1 = 8 estimates σ²/2, so σ²/4 is 4; ‖ḡ‖² = 16, less 4.
    #expect(noise.variance == 4 && noise.signal == 12)
    #expect(abs(noise.scale - 16.0 / 12) < 1e-12)
    #expect(flow.parameters[0].noise == 4)
    #expect(GradientFlow(of: model, at: t[0..<3], t[0..<3], loss: MeanSquaredError()).noise == nil)
  }

  // MARK: Restored state and description

  @Test func `nothing changes, and every layer in containers is met`() {
    let model = withSeed(7) {
      Sequential {
        Linear(8, 8)
        Residual {
          BatchNorm(8)
          Dropout(0.5)
          Linear(8, 8)
        }
        Parallel(join: .concatenate) {
          Linear(8, 4)
          Sequential {
            Tanh()
            Linear(8, 2)
          }
        }
      }
    }
    let (x, adam) = (withSeed(8) { Tensor(normal: [16, 8]) }, Adam(for: model))
    let (state, memory) = (model.state, adam.state)
    let flow = GradientFlow(of: model, at: x, Tensor(ones: [16, 6]), loss: Weighted(), optimizer: adam)
    #expect(model.state.allSatisfy { $1.isIdentical(to: state[$0]!) })
    #expect(adam.state.allSatisfy { $1.isIdentical(to: memory[$0]!) })
    #expect(flow.layers.map(\.path) == ["0", "1.0", "1.1", "1.2", "2.0", "2.1.0", "2.1.1"])
    #expect(flow.parameters.count == model.parameters.count)
    #expect(flow.layers.allSatisfy { $0.gain ?? .infinity <= ($0.gainBound ?? 0) * (1 + 1e-5) })
  }

  @Test func `the table has a row a layer, its bar, and the flags with remedies`() {
    let model = Self.stack(10, width: 16, .orthogonal(), Sigmoid())
    let x = withSeed(2) { Tensor(normal: [32, 16]) }
    let text = "\(GradientFlow(of: model, at: x, Tensor(ones: [32, 16]), loss: Weighted()))"
    let lines = text.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("0   Linear(16, 16, bias: false)") && $0.contains("█████████│") })
    #expect(lines.contains { $0.hasPrefix("0: the gradient vanishes") })
    #expect(text.contains("Residual") && text.contains("gradient noise"))
  }

  @Test func `numbers that are not finite are flagged where they begin`() {
    let model = Sequential {
      Self.linear([[1, 0], [0, 1]])
      Self.linear([[3e38, 0], [3e38, 1]])
    }
    let flow = GradientFlow(of: model, at: [[3, 3]], [[1, 1]], loss: Weighted())
    #expect(flow.flags.map(\.kind) == [.nonFinite])
    #expect(flow.flags[0].path == "1")
    #expect(!"\(flow)".isEmpty)
  }

  @Test func `indices as input have no gradient`() {
    let model = withSeed(9) {
      Sequential {
        Embedding(5, 3)
        Linear(3, 2)
      }
    }
    let flow = GradientFlow(of: model, at: Tensor(labels: [1, 4]), Tensor(ones: [2, 2]), loss: Weighted())
    #expect(flow.layers.map { $0.gain == nil } == [true, false])
    #expect(flow.layers[0].gradientNorm > 0)
  }

  @Test func `the parts of a transformer are listed, with the gain of each`() throws {
    let model = withSeed(4) {
      Sequential {
        TransformerEncoderLayer(8, heads: 2); Linear(8, 2)
      }
    }
    model.convert(to: .float64)
    let x = Tensor(normal: [3, 5, 8], dtype: .float64)
    let flow = GradientFlow(of: model, at: x, Tensor(normal: [3, 5, 2], dtype: .float64), loss: MeanSquaredError())
    let paths = flow.layers.map(\.path)
    for part in ["norm1", "attention.inputProjection", "attention.outputProjection", "norm2", "feedForward.0"] {
      #expect(paths.contains("0." + part), "\(paths)")
    }
    #expect(flow.layers.compactMap(\.gain).allSatisfy { $0.isFinite && $0 > 0 })
    #expect(flow.flags.isEmpty, "\(flow)")
  }
}

extension Tensor {
  /// The identity matrix.
  fileprivate static func identity(_ size: Int) -> Tensor {
    Tensor((0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 as Float }, shape: [size, size])
  }
}
