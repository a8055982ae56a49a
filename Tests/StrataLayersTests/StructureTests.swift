import CStrataKernels
import Strata
import StrataTensor
import StrataTesting
import Testing

@Suite struct DropoutTests {
  @Test func `the kernel draws the words of the generator`() {
    let (seed, stream): (UInt64, UInt64) = (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210)
    let count = 100
    let ones = Tensor(ones: [count], dtype: .float64)
    for first in [0, 32 * 7] {
      for threshold: UInt32 in [1 << 31, 3_000_000_000] {
        let y = Tensor(zeros: [count], dtype: .float64)
        strata_dropout_f64(
          count, first, seed, stream, threshold, 1, ones.pointer(Double.self), y.mutablePointer(Double.self))
        for index in 0..<count {
          let place = first + index
          let counter = UInt32(place / 32 * 8 + place % 8)
          let words = Philox.words(
            counter: [counter, 0, UInt32(truncatingIfNeeded: stream), UInt32(stream >> 32)],
            key: [UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)])
          #expect(y[index].item == (words[place % 32 / 8] < threshold ? 0 : 1))
        }
      }
    }
  }

  @Test(arguments: [0.1, 0.5, 0.9])
  func `it keeps the expected part, and scales it`(_ rate: Double) {
    let y = Dropout(rate).forward(Tensor(ones: [100, 1000])).0.elements(as: Double.self)
    let kept = y.filter { $0 != 0 }
    #expect(kept.allSatisfy { $0 == Double(Float(1 / (1 - rate))) })
    // Five standard deviations of a binomial count.
    let deviation = (1e5 * rate * (1 - rate)).squareRoot()
    #expect(abs(Double(kept.count) - 1e5 * (1 - rate)) < 5 * deviation)
  }

  @Test func `neighbours, columns and calls are independent`() {
    let layer = Dropout(0.5)
    let a = layer.forward(Tensor(ones: [1 << 17])).0 - 1
    let b = layer.forward(Tensor(ones: [1 << 17])).0 - 1
    for shift in [1, 8, 16, 32, 64, 1024] {
      let n = a.count - shift
      #expect(abs((a[0..<n] * a[shift..<a.count]).mean().item) < 5 / Double(n).squareRoot())
    }
    #expect(abs((a * b).mean().item) < 5 / Double(a.count).squareRoot())
  }

  @Test func `the mask is the same for any number of workers, and in both precisions`() {
    let layer = Dropout(0.3)
    let workers = Runtime.workers
    defer { Runtime.workers = workers }
    var masks: [Tensor] = []
    for (count, dtype) in [(1, DType.float32), (2, .float32), (3, .float64)] {
      Runtime.workers = count
      layer.stream.position = 0
      masks.append(layer.forward(Tensor(ones: [333, 101], dtype: dtype)).0 .!= 0)
    }
    #expect(masks[1].isIdentical(to: masks[0]))
    #expect(masks[2].converted(to: .float32).isIdentical(to: masks[0]))
  }

  @Test func `a forward replayed sees the same mask, and nothing is cached`() {
    let layer = Dropout(0.5)
    let x = Tensor(normal: [7, 31])
    let (y, calls) = RandomCalls.recording { layer.forward(x).0 }
    #expect(calls.replayed { layer.forward(x).0 }.isIdentical(to: y))
    #expect(!layer.forward(x).0.isIdentical(to: y))
    #expect(layer.cachedBytes(for: [64, 512]) == 0)
    #expect(layer(x).isIdentical(to: x))
  }

  @Test func `backward applies the mask of its forward`() {
    let layer = Dropout(0.4)
    let x = Tensor(ones: [9, 33])
    let (y, cache) = layer.forward(x)
    _ = layer.forward(x)
    var gradients = Gradients()
    #expect(layer.backward(x, cache, &gradients).isIdentical(to: y))
  }

  @Test func `rates 0 and 1, and numbers that are not finite, are as in PyTorch`() {
    let x = Tensor([.nan, .infinity, -1, 2] as [Float])
    #expect(Dropout(0).forward(x).0.isIdentical(to: x))
    let (y, dx, _) = Dropout(1).run(x, Tensor(ones: [4]))
    let elements = y.elements(as: Float.self)
    #expect(elements[0].isNaN && elements[1].isNaN && elements[2] == 0 && elements[3] == 0)
    #expect(dx == Tensor(zeros: [4]))
    let dropped = Dropout(0.5).forward(Tensor(repeating: .nan, shape: [100])).0
    #expect(dropped.elements(as: Float.self).allSatisfy { $0.isNaN })
  }

  /// 2³² − 1 is the one word that no threshold of 32 bits is above. Here it is one of the first 32 drawn.
  @Test func `at rate 1 not even the largest word keeps an element`() {
    let layer = withSeed(1) { Dropout(1) }
    let x = Tensor(ones: [32])
    layer.stream.position = 194_109_382
    let key = layer.stream.next()
    let y = Tensor(zeros: [32])
    strata_dropout_f32(32, 0, key.seed, key.stream, .max, 1, x.pointer(Float.self), y.mutablePointer(Float.self))
    #expect(y.sum().item == 1, "the kernel alone would keep it")
    layer.stream.position = 194_109_382
    #expect(layer.forward(x).0 == Tensor(zeros: [32]))
  }

  @Test func `a stream's position is saved with the model, and may be missing`() throws {
    func model() -> Sequential {
      withSeed(3) {
        Sequential {
          Linear(4, 4); Dropout(0.5)
        }
      }
    }
    let (first, second) = (model(), model())
    let x = Tensor(normal: [5, 4])
    for _ in 0..<3 { _ = first.forward(x) }
    #expect(first.state["1.stream"] == Tensor([3, 0] as [Int32]))
    try second.load(first.state)
    #expect(second.forward(x).0.isIdentical(to: first.forward(x).0))
    try second.load(first.state.filter { $0.key != "1.stream" })
    #expect(second.state["1.stream"] == Tensor([4, 0] as [Int32]))
    (first.layers[1] as! Dropout).stream.position = 5 << 32 | 0xffff_fffe
    try second.load(first.state)
    #expect((second.layers[1] as! Dropout).stream.position == 5 << 32 | 0xffff_fffe)
    var state = first.state
    state["1.stream"] = Tensor(labels: [1])
    #expect(throws: StateError.self) { try second.load(state) }
  }

  @Test func `looking at a model does not move its streams`() throws {
    let model = Sequential {
      Linear(4, 4); Dropout(0.5)
    }
    _ = try model.summary(input: [2, 4])
    _ = model.cachedBytes(for: [2, 4])
    try checkGradients(of: model, input: [2, 4])
    #expect(model.state["1.stream"] == Tensor([0, 0] as [Int32]))
  }
}

@Suite struct EmbeddingTests {
  @Test func `the worked numbers of the derivation`() {
    let layer = Embedding(weight: Parameter([[1, 2], [3, 4], [5, 6]]))
    let indices = Tensor([2, 0, 2] as [Int32])
    let (y, dx, gradients) = layer.run(indices, [[1, 10], [2, 20], [4, 40]])
    #expect(y == [[5, 6], [1, 2], [5, 6]])
    #expect(gradients[layer.weight] == [[2, 20], [0, 0], [5, 50]])
    #expect(dx == Tensor(zeros: [3]))
  }

  @Test func `the gradient is the same for any number of workers`() {
    let layer = Embedding(50, 129)
    let indices = Tensor((0..<2000).map { Int32($0 * 7919 % 50) })
    let dy = Tensor(normal: [2000, 129])
    let workers = Runtime.workers
    defer { Runtime.workers = workers }
    let gradients = [1, 4].map { count in
      Runtime.workers = count
      return layer.run(indices, dy).gradients[layer.weight]!
    }
    #expect(gradients[0].isIdentical(to: gradients[1]))
    let oneHot = Tensor(
      concatenating: (0..<2000).map { row in
        Tensor((0..<50).map { $0 == row * 7919 % 50 ? 1 : 0 as Float }, shape: [1, 50])
      })
    #expect(relativeError(gradients[0], matmul(oneHot.transposed, dy)) < 1e-6)
  }

  @Test func `it trains in front of other layers`() throws {
    let model = withSeed(1) {
      Sequential {
        Embedding(5, 4); Flatten(); Linear(12, 2)
      }
    }
    let indices = Tensor([0, 1, 2, 2, 3, 4] as [Int32], shape: [2, 3])
    #expect(try model.validate(input: [2, 3]) == [2, 2])
    try checkGradients(of: model, input: indices)
    let summary = try model.summary(input: [2, 3], dtype: .int32)
    #expect(summary.rows[0].parameterCount == 20)
  }
}

@Suite struct ContainerTests {
  /// A user's container with parameters of its own around and between its layers.
  private struct Gate: Container {
    let before = Parameter([1], initialValue: 2)
    let inner = Linear(3, 3)
    let more: [any Layer] = [Tanh(), Linear(3, 3, bias: false)]
    let factors = (low: Parameter([1], initialValue: 0), high: Parameter([1], initialValue: 1))
    var children: [any Layer] { [inner] + more }

    func flow(_ x: consuming Tensor, through apply: (Int, consuming Tensor) -> Tensor) -> Tensor {
      apply(2, apply(1, apply(0, x)))
    }
    func forward(_ x: Tensor) -> (Tensor, Identity.Cache) { Identity().forward(x) }
    func backward(_ dy: Tensor, _ cache: Identity.Cache, _ gradients: inout Gradients) -> Tensor { dy }
  }

  @Test func `a container's own parameters are found under their names, its layers' by position`() {
    #expect(
      Gate().parameters.map(\.path) == [
        "before", "factors.low", "factors.high", "0.weight", "0.bias", "2.weight",
      ])
    let model = Sequential {
      Linear(3, 3)
      Residual(scale: Parameter([1], initialValue: 0)) {
        Parallel(join: .sum) {
          Linear(3, 3, bias: false); Sequential { Linear(3, 3, bias: false) }
        }
      }
    }
    #expect(
      model.parameters.map(\.path) == ["0.weight", "0.bias", "1.scale", "1.0.0.weight", "1.0.1.0.weight"])
    #expect(
      model.activations(of: Tensor(zeros: [2, 3])).map(\.path) == ["0", "1.0.0", "1.0.1.0"])
  }

  @Test func `deep nesting is walked once`() {
    var layer: any Layer = Linear(2, 2)
    for _ in 0..<30 {
      let inner = layer
      layer = Residual { inner }
    }
    #expect(layer.parameters.count == 2)
  }

  @Test func `a summary counts what containers hold themselves`() throws {
    let model = Sequential {
      Residual(scale: Parameter([8], initialValue: 1)) {
        Linear(8, 8); Tanh(); Linear(8, 8)
      }
      Parallel(join: .concatenate) {
        Linear(8, 3);
        Sequential {
          Tanh(); Linear(8, 2)
        }
      }
    }
    let summary = try model.summary(input: [16, 8])
    #expect(summary.parameterCount == model.parameterCount)
    #expect(summary.cachedBytes == model.cachedBytes(for: [16, 8]))
    #expect(summary.rows.map(\.path) == ["0.0", "0.1", "0.2", "1.0", "1.1.0", "1.1.1", "0.scale"])
    #expect(summary.rows[6].parameterCount == 8)
  }

  @Test func `descriptions fit a line`() {
    let model = Parallel(join: .concatenate) {
      Residual(scale: Parameter([1], initialValue: 0)) { ReLU() }
      Sequential {
        Tanh(); ReLU()
      }
    }
    #expect(
      "\(model)" == "Parallel(join: .concatenate(axis: -1)) { Residual(scale: [1]) { ReLU() }; "
        + "Sequential { Tanh(); ReLU() } }")
  }

  @Test func `a zero scale starts as the identity, and learns`() {
    let scale = Parameter([1], initialValue: 0)
    let layer = Residual(scale: scale) { Linear(3, 3) }
    let x = Tensor(normal: [4, 3])
    let (y, dx, gradients) = layer.run(x, x)
    #expect(y == x && dx == x)
    #expect(gradients[scale]!.item != 0)
  }

  @Test func `inference and accumulate agree with forward and backward`() {
    let x = Tensor(normal: [5, 4])
    let layers: [any Layer] = [
      Residual(scale: Parameter([4], initialValue: 0.5)) {
        Linear(4, 4); Tanh()
      },
      Residual { Linear(4, 4) },
      Parallel(join: .sum) {
        Linear(4, 3); Linear(4, 3)
      },
      Parallel(join: .concatenate) {
        Linear(4, 3); Tanh()
      },
      TiedLinear(transposing: Parameter(Tensor(normal: [3, 4]))),
      MatrixProduct(dimensions: [3, 5, 4]),
    ]
    for layer in layers {
      func check<L: Layer>(_ layer: L) {
        let (y, cache) = layer.forward(x)
        #expect(layer(x).isIdentical(to: y))
        let (_, _, expected) = layer.run(x, y)
        var gradients = Gradients()
        layer.accumulate(y, cache, &gradients)
        #expect(gradients.receivers.count == layer.parameters.count)
        for parameter in gradients.receivers {
          #expect(gradients[parameter]!.isIdentical(to: expected[parameter]!))
        }
      }
      check(layer)
    }
  }

  @Test func `shapes that cannot be joined are all reported`() {
    let model = Sequential {
      Residual { Linear(4, 3) }
      Residual(scale: Parameter([3], initialValue: 0)) { Tanh() }
      Parallel(join: .sum) {
        Linear(4, 3); Linear(5, 2); Tanh()
      }
    }
    let error = #expect(throws: ShapeError.self) { try model.validate(input: [2, 4]) }
    #expect(error?.mismatches.map(\.path) == ["0", "1", "2.1", "2"])
    #expect(
      error?.mismatches[0].message.contains("what its layers make, [2, 3], to its input, [2, 4]") == true)
    #expect(error?.mismatches[1].message.contains("let the scale broadcast") == true)
    #expect(error?.mismatches[3].message.contains("outputs of shapes [2, 3], [2, 2], [2, 4]") == true)
    #expect(throws: ShapeError.self) {
      _ = try Parallel(join: .concatenate(axis: 2)) {
        Tanh(); ReLU()
      }.validate(input: [2, 4])
    }
  }
}

@Suite struct TiedWeightTests {
  @Test func `a tied weight is one parameter whose gradients add up`() {
    let encoder = Linear(5, 2)
    let model = Sequential {
      encoder; Tanh(); TiedLinear(transposing: encoder.weight)
    }
    #expect(model.parameters.map(\.path) == ["0.weight", "0.bias", "2.bias"])
    let x = Tensor(normal: [4, 5])
    let untied = TiedLinear(transposing: Parameter(encoder.weight.value))
    let apart = Sequential {
      Linear(weight: Parameter(encoder.weight.value), bias: nil); Tanh(); untied
    }
    let (tied, separate) = (model.run(x, x), apart.run(x, x))
    #expect(relativeError(tied.y, separate.y) < 1e-6)
    let both = separate.gradients[apart.parameters[0].parameter]! + separate.gradients[untied.weight]!
    #expect(relativeError(tied.gradients[encoder.weight]!, both) < 1e-6)
  }
}

@Suite struct EstimatorTests {
  @Test func `steps are PyTorch's, but keep NaN`() {
    let x = Tensor([0.5, 1.5, -0.5, 2.5, -2.4, .nan] as [Float])
    let round = StraightThrough(.round)(x).elements(as: Float.self)
    #expect(round[..<5] == [0, 2, -0.0, 2, -2] && round[5].isNaN)
    let sign = StraightThrough(.sign)(Tensor([3, -0.5, 0, -0.0, .nan, .infinity] as [Float]))
    #expect(sign.elements(as: Float.self)[..<4] == [1, -1, 0, 0])
    #expect(sign[4].item.isNaN && sign[5].item == 1)
  }

  @Test func `nothing before a stopped gradient learns`() {
    let model = Sequential {
      Linear(3, 3); StopGradient(); Linear(3, 2)
    }
    let (_, dx, gradients) = model.run(Tensor(normal: [4, 3]), Tensor(repeating: .infinity, shape: [4, 2]))
    #expect(dx == Tensor(zeros: [4, 3]))
    #expect(gradients[model.parameters[0].parameter] == Tensor(zeros: [3, 3]))
  }

  @Test func `samples have the mean and deviation asked for, and inference gives the mean`() {
    let n = 100_001
    let x = Tensor(
      concatenating: [
        Tensor(repeating: 3, shape: [n, 1]), Tensor(repeating: 2 * 0.6931471805599453, shape: [n, 1]),
      ], along: -1)
    let layer = Reparameterize()
    let y = layer.forward(x).0
    let mean = y.mean().item
    #expect(abs(mean - 3) < 5 * 2 / Double(n).squareRoot())
    #expect(abs(((y - mean) * (y - mean)).mean().item - 4) < 5 * 4 * (2 / Double(n)).squareRoot())
    #expect(layer(x) == Tensor(repeating: 3, shape: [n, 1]))
  }

  @Test func `the divergence agrees with differences and with PyTorch`() throws {
    let loss = NormalDivergence()
    let reference = try Reference("normal_divergence")
    for (size, rows) in [("1x1", 1.0), ("5x3", 5), ("17x33", 17)] {
      let (x, t) = (reference[size + ".x"], reference[size + ".t"])
      try checkGradients(of: loss, output: x, target: t)
      let sum = NormalDivergence(reduction: .sum).evaluate(x, t)
      #expect(abs(sum.value / reference[size + ".sum"].item - 1) < 1e-12)
      #expect(relativeError(sum.gradient, reference[size + ".gradient"]) < 1e-10)
      let mean = loss.evaluate(x.converted(to: .float32), t.converted(to: .float32))
      #expect(abs(mean.value * rows / reference[size + ".sum"].item - 1) < 1e-5)
      #expect(relativeError(mean.gradient * rows, reference[size + ".gradient"]) < 1e-5)
    }
  }

  @Test func `the divergence from the standard normal vanishes there alone`() {
    let (value, gradient) = NormalDivergence().evaluate(Tensor(zeros: [3, 4]))
    #expect(value == 0 && gradient == Tensor(zeros: [3, 4]))
    // ½ (σ² + μ² − 1 − log σ²) with μ = 2, σ = 1.
    #expect(NormalDivergence().evaluate([[2, 0]]).value == 2)
  }
}
