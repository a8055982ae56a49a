import Strata
import StrataTensor
import Testing

/// The work on a large batch is divided into blocks, each of which must use its own rows, labels, steps and sums.
///
/// Every batch here fills several blocks, and each of its parts one; the results must be the same.
@Suite(.seeded) struct ManyBlocksTests {
  private static func numbers(_ shape: Shape, seed: UInt64) -> Tensor {
    var generator = RandomGenerator(seed: seed)
    return Tensor(normal: shape, dtype: .float64, using: &generator)
  }

  private struct LossCase: Sendable {
    let loss: any Loss
    let width: Int
    let target: @Sendable (Shape) -> Tensor
  }

  private static let losses: [LossCase] = {
    let labels: @Sendable (Shape) -> Tensor = { shape in Tensor(labels: (0..<shape[0]).map { $0 * 7 % 10 }) }
    let parts: @Sendable (Shape) -> Tensor = { Softmax()(numbers($0, seed: 2)) }
    let values: @Sendable (Shape) -> Tensor = { numbers($0, seed: 2) }
    return [
      LossCase(loss: SoftmaxCrossEntropy(reduction: .sum), width: 10, target: labels),
      LossCase(
        loss: SoftmaxCrossEntropy(
          reduction: .sum, labelSmoothing: 0.1, ignoredIndex: 3, classWeights: (1...10).map(Double.init)),
        width: 10, target: labels),
      LossCase(loss: SoftmaxCrossEntropy(reduction: .sum), width: 10, target: parts),
      LossCase(loss: KullbackLeiblerDivergence(reduction: .sum), width: 10, target: parts),
      LossCase(loss: BinaryCrossEntropyWithLogits(positiveWeight: 2, reduction: .sum), width: 10, target: parts),
      LossCase(loss: MeanSquaredError(reduction: .sum), width: 10, target: values),
      LossCase(loss: MeanAbsoluteError(reduction: .sum), width: 10, target: values),
      LossCase(loss: Huber(delta: 0.5, reduction: .sum), width: 10, target: values),
    ]
  }()

  /// 6,000 rows of 10: four blocks of elements, fifteen of rows of a softmax.
  @Test(arguments: losses.indices, [DType.float64, .float32])
  func `a loss is the sum over the parts`(_ index: Int, _ dtype: DType) {
    let entry = Self.losses[index]
    let tolerance = dtype == .float64 ? 1e-12 : 1e-5
    let x = Self.numbers([6000, entry.width], seed: 1).converted(to: dtype)
    let given = entry.target(x.shape)
    let target = given.dtype == .int32 ? given : given.converted(to: dtype)
    let whole = entry.loss.evaluate(x, target)
    var total = 0.0
    for first in stride(from: 0, to: 6000, by: 150) {
      let rows = first..<first + 150
      let part = entry.loss.evaluate(x[rows], target[rows])
      total += part.value
      #expect(relativeError(whole.gradient[rows], part.gradient) < tolerance, "rows \(rows) of \(type(of: entry.loss))")
    }
    #expect(abs(whole.value - total) < tolerance * abs(total))
    #expect(abs(entry.loss(x, target) - total) < tolerance * abs(total))
  }

  private struct LayerCase: Sendable {
    let name: String
    let rows: Int
    let part: Int
    let row: Shape
    let make: @Sendable () -> any Layer
  }

  private static let layers: [LayerCase] = [
    LayerCase(name: "ReLU", rows: 5000, part: 500, row: [8]) { ReLU() },
    LayerCase(name: "Tanh", rows: 5000, part: 500, row: [8]) { Tanh() },
    LayerCase(name: "GELU", rows: 5000, part: 500, row: [8]) { GELU() },
    LayerCase(name: "Softplus", rows: 5000, part: 500, row: [8]) { Softplus() },
    LayerCase(name: "PReLU", rows: 5000, part: 500, row: [8]) { PReLU(channels: 8) },
    LayerCase(name: "Softmax", rows: 5000, part: 500, row: [20]) { Softmax() },
    LayerCase(name: "LogSoftmax", rows: 5000, part: 500, row: [20]) { LogSoftmax() },
    LayerCase(name: "LayerNorm", rows: 5000, part: 500, row: [20]) { LayerNorm(20) },
    LayerCase(name: "RMSNorm", rows: 5000, part: 500, row: [20]) { RMSNorm(20) },
    LayerCase(name: "Linear", rows: 5000, part: 500, row: [20]) { Linear(20, 9) },
    LayerCase(name: "Residual", rows: 5000, part: 500, row: [8]) { Residual { Linear(8, 8) } },
    // More images than a block takes at once, each so large that it goes alone.
    LayerCase(name: "Conv2D", rows: 70, part: 5, row: [2, 60, 60]) { Conv2D(2, 3, kernel: 3, padding: 1) },
    LayerCase(name: "MaxPool2D", rows: 70, part: 5, row: [2, 30, 30]) { MaxPool2D(kernel: 2) },
    LayerCase(name: "AveragePool2D", rows: 70, part: 5, row: [2, 30, 30]) { AveragePool2D(kernel: 3, stride: 2) },
    LayerCase(name: "RNN", rows: 70, part: 7, row: [5, 3]) { Recurrent(RNNCell(3, 4)) },
    LayerCase(name: "LSTM", rows: 70, part: 7, row: [5, 3]) { Recurrent(LSTMCell(3, 4)) },
    LayerCase(name: "GRU", rows: 70, part: 7, row: [5, 3]) { Recurrent(GRUCell(3, 4), truncation: 2) },
  ]

  @Test(arguments: layers.indices, [DType.float64, .float32])
  func `a layer gives the rows of its parts, and the sum of their gradients`(_ index: Int, _ dtype: DType) {
    let entry = Self.layers[index]
    // Gradients by parameter are sums of thousands of terms of either sign.
    let (tolerance, ofSums) = dtype == .float64 ? (1e-13, 1e-11) : (1e-5, 1e-3)
    let layer = withSeed(3) { entry.make() }
    layer.convert(to: dtype)
    let x = Self.numbers(Shape([entry.rows] + entry.row.lengths), seed: 4).converted(to: dtype)
    let (y, cache) = layer.forwardBoxed(x)
    let dy = Self.numbers(y.shape, seed: 5).converted(to: dtype)
    var (whole, parts) = (Gradients(), Gradients())
    let dx = layer.backwardBoxed(dy, cache, &whole)
    let inferred = layer(x)
    for first in stride(from: 0, to: entry.rows, by: entry.part) {
      let rows = first..<first + entry.part
      let (y2, cache) = layer.forwardBoxed(x[rows])
      let dx2 = layer.backwardBoxed(dy[rows], cache, &parts)
      #expect(relativeError(y[rows], y2) < tolerance && relativeError(inferred[rows], y2) < tolerance, "\(entry.name)")
      #expect(relativeError(dx[rows], dx2) < tolerance, "\(entry.name), rows \(rows)")
    }
    for parameter in whole.receivers {
      #expect(relativeError(whole[parameter]!, parts[parameter]!) < ofSums, "\(entry.name): \(parameter.name)")
    }
  }

  /// Statistics are of the whole batch; but those of a batch laid out ten times are those of the batch.
  @Test(arguments: [[700, 6], [70, 6, 20]] as [Shape], [DType.float64, .float32])
  func `a batch laid out ten times is normalized as once`(_ shape: Shape, _ dtype: DType) {
    let tolerance = dtype == .float64 ? 1e-12 : 1e-5
    func tenfold(_ x: Tensor) -> Tensor { Tensor(concatenating: Array(repeating: x, count: 10)) }
    let layer = BatchNorm(6)
    layer.convert(to: dtype)
    layer.weight!.value = Self.numbers([6], seed: 6).converted(to: dtype)
    let (x, dy) = (Self.numbers(shape, seed: 7).converted(to: dtype), Self.numbers(shape, seed: 8).converted(to: dtype))
    let (once, ten) = (layer.run(x, dy), layer.run(tenfold(x), tenfold(dy)))
    #expect(relativeError(ten.y, tenfold(once.y)) < tolerance)
    #expect(relativeError(ten.dx, tenfold(once.dx)) < tolerance)
    for parameter in [layer.weight!, layer.bias!] {
      #expect(relativeError(ten.gradients[parameter]!, 10 * once.gradients[parameter]!) < tolerance)
    }
  }
}
