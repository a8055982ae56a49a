import LayerRegistry
import Strata
import StrataTensor
import StrataTesting
import Testing

private let features = 3

/// Layers that mix the steps of a sequence, in containers too, and layers that do not, to one row a sequence.
private func layers(returningSteps: Bool = false) -> [any Layer] {
  withSeed(4) {
    let steps: [any Layer] = [
      Linear(features, 4), Dropout(0), LayerNorm(4),
      Residual {
        Recurrent(GRUCell(4, 4))
        RMSNorm(4)
      },
      Checkpoint {
        Linear(4, 5); Recurrent(LSTMCell(5, 4)); Tanh()
      },
      Bidirectional(LSTMCell(4, 3), LSTMCell(4, 2)), Recurrent(RNNCell(5, 5), truncation: 2), Twice(LeakyCell(5, 5)),
    ]
    if returningSteps { return steps }
    let pooled = Parallel(join: .concatenate) {
      MeanOverTime(); MaxOverTime(); LastStep()
      Bidirectional(GRUCell(5, 2), GRUCell(5, 1), returning: .lastStep)
    }
    return steps + [pooled, Linear(18, 2)]
  }
}

/// A container as a user writes it: y = f(x) + f(x), of a recurrence that runs twice.
private struct Twice: Layer {
  let recurrence: Recurrent<LeakyCell>
  typealias Cache = (any CacheBox, any CacheBox)

  init(_ cell: LeakyCell) { recurrence = Recurrent(cell) }

  func forward(_ x: Tensor) -> (Tensor, Cache) {
    let (first, second) = (forward(recurrence, at: "recurrence", x), forward(recurrence, at: "recurrence", x))
    return (first.0 + second.0, (first.1, second.1))
  }

  func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Tensor {
    backward(recurrence, at: "recurrence", dy, cache.0, &gradients)
      + backward(recurrence, at: "recurrence", dy, cache.1, &gradients)
  }

  func outputShape(for input: Shape) throws -> Shape { try recurrence.outputShape(for: input) }
}

private func numbers(_ shape: Shape, _ seed: UInt64 = 1) -> Tensor {
  var generator = RandomGenerator(seed: seed)
  return Tensor(normal: shape, dtype: .float64, using: &generator)
}

extension Tensor {
  /// One sequence of a batch up to its length, as a batch.
  fileprivate func sequence(_ index: Int, _ length: Int) -> Tensor {
    self[index][0..<length].reshaped(to: Shape([1, length] + shape.lengths.dropFirst(2)))
  }

  /// The same with another number wherever a sequence has ended.
  fileprivate func filled(_ number: Double, beyond lengths: [Int]) -> Tensor {
    var elements = elements(as: Double.self)
    let width = shape.lengths.dropFirst(2).reduce(1, *)
    for (sequence, length) in lengths.enumerated() {
      for index in (sequence * shape[1] + length) * width..<(sequence + 1) * shape[1] * width {
        elements[index] = number
      }
    }
    return Tensor(elements, shape: shape).converted(to: dtype)
  }
}

/// A pass through a model: its output, and all gradients.
private struct Pass {
  var tensors: [(name: String, tensor: Tensor)]

  init<M: Module>(_ model: M, _ x: M.Input, _ dy: M.Output, dx: (M.Input) -> Tensor) {
    let (y, cache) = model.forward(x)
    var gradients = Gradients()
    tensors = [("y", y.tensors[0]), ("dx", dx(model.backward(dy, cache, &gradients)))]
    tensors += model.parameters.map { ($0.path, gradients[$0.parameter] ?? $0.parameter.value.zeros) }
  }

  func isIdentical(to other: Pass) -> Bool {
    tensors.map(\.name) == other.tensors.map(\.name)
      && zip(tensors, other.tensors).allSatisfy { $0.tensor.isIdentical(to: $1.tensor) }
  }

  subscript(_ name: String) -> Tensor { tensors.first { $0.name == name }!.tensor }
}

@Suite(.seeded) struct PackedSequentialTests {
  private static let lengths = [3, 0, 6, 1, 6, 2]

  @Test(arguments: [false, true])
  func `each sequence comes out as if alone, and so do its gradients`(returningSteps: Bool) throws {
    let (parts, lengths) = (layers(returningSteps: returningSteps), Self.lengths)
    let (packed, plain) = (PackedSequential(parts), Sequential(parts))
    plain.convert(to: .float64)
    let x = numbers([6, 7, features])
    let dy = numbers(returningSteps ? [6, 7, 5] : [6, 2], 2)
    let all = Pass(packed, PaddedSequences(x, lengths: lengths), dy) { $0.values }
    var sums: [String: Tensor] = [:]
    for (index, length) in lengths.enumerated() {
      let dyAlone = returningSteps ? dy.sequence(index, length) : dy[index..<index + 1]
      let alone = length > 0 ? Pass(plain, x.sequence(index, length), dyAlone) { $0 } : nil
      if let alone {
        let y = returningSteps ? all["y"].sequence(index, length) : all["y"][index..<index + 1]
        #expect(relativeError(y, alone["y"]) < 1e-12, "y of \(index)")
        #expect(relativeError(all["dx"].sequence(index, length), alone["dx"]) < 1e-12, "dx of \(index)")
        for (path, gradient) in alone.tensors.dropFirst(2) { sums[path] = sums[path].map { $0 + gradient } ?? gradient }
      } else if !returningSteps {
        // Zeros reach the last layer, whose bias is the output.
        #expect(all["y"][index] == (parts.last as! Linear).bias!.value)
        sums["9.bias", default: Tensor(zeros: [2], dtype: .float64)] += dy[index]
      }
    }
    for (path, _) in plain.parameters { #expect(relativeError(all[path], sums[path]!) < 1e-12, "\(path)") }
  }

  @Test(arguments: [Double.nan, .infinity], [false, true])
  func `what lies beyond an end changes no bit`(_ number: Double, returningSteps: Bool) {
    let (model, lengths) = (PackedSequential(layers(returningSteps: returningSteps)), Self.lengths)
    let x = numbers([6, 7, features]).converted(to: .float32)
    let dy = numbers(returningSteps ? [6, 7, 5] : [6, 2], 2).converted(to: .float32)
    let expected = Pass(model, PaddedSequences(x, lengths: lengths), dy) { $0.values }
    let found = Pass(
      model, PaddedSequences(x.filled(number, beyond: lengths), lengths: lengths),
      returningSteps ? dy.filled(number, beyond: lengths) : dy
    ) { $0.values }
    #expect(found.isIdentical(to: expected))
    for name in returningSteps ? ["y", "dx"] : ["dx"] {
      #expect(expected[name].isIdentical(to: expected[name].filled(0, beyond: lengths)), "\(name) is zero there")
    }
  }

  @Test func `the order of the sequences does not matter`() {
    let (model, lengths, order) = (PackedSequential(layers()), Self.lengths, [4, 2, 0, 5, 1, 3])
    model.convert(to: .float64)
    let (x, dy) = (PaddedSequences(numbers([6, 7, features]), lengths: lengths), numbers([6, 2], 2))
    let straight = Pass(model, x, dy) { $0.values }
    let shuffled = Pass(model, x.gathered(rows: order), dy.gathered(rows: order)) { $0.values }
    for name in ["y", "dx"] {
      #expect(relativeError(shuffled[name], straight[name].gathered(rows: order)) < 1e-12, "\(name)")
    }
    for (path, gradient) in straight.tensors.dropFirst(2) { #expect(relativeError(shuffled[path], gradient) < 1e-12) }
  }

  @Test func `any number of workers gives the same bits`() {
    let model = PackedSequential(layers())
    let x = PaddedSequences(
      numbers([150, 40, features]).converted(to: .float32), lengths: (0..<150).map { $0 * 7 % 41 })
    let dy = numbers([150, 2], 2).converted(to: .float32)
    let passes = [1, 2, 8].map { workers in withWorkers(workers) { Pass(model, x, dy) { $0.values } } }
    #expect(passes.dropFirst().allSatisfy { $0.isIdentical(to: passes[0]) })
  }

  @Test(
    arguments: zip(
      [[4, 5, features], [4, 5, features], [1, 3, features], [5, 1, features], [7, 2, features]] as [Shape],
      [false, true, true, false, true]))
  func `it passes the kit`(_ shape: Shape, returningSteps: Bool) throws {
    // Truncation is none of the forward, of which backward is to be the derivative.
    let parts = layers(returningSteps: returningSteps).filter { !"\($0)".contains("truncation") }
    let lengths = (0..<shape[0]).map { ($0 * $0 + 2) % (shape[1] + 1) }
    try checkModule(
      PackedSequential(parts),
      input: PaddedSequences(numbers(shape), lengths: lengths).mapped {
        $0.dtype == .float64 ? $0.converted(to: .float32) : $0
      })
  }

  @Test func `equal lengths give what a Sequential gives`() {
    let parts = layers()
    let (x, dy) = (numbers([6, 7, features]).converted(to: .float32), numbers([6, 2], 2).converted(to: .float32))
    let plain = Pass(Sequential(parts), x, dy) { $0 }
    let packed = Pass(PackedSequential(parts), PaddedSequences(x, lengths: Array(repeating: 7, count: 6)), dy) {
      $0.values
    }
    for (name, tensor) in plain.tensors { #expect(relativeError(packed[name], tensor) < 1e-5, "\(name)") }
  }

  @Test func `a batch in which no sequence has a step gives zeros and no gradient`() {
    for time in [0, 4] {
      for returningSteps in [false, true] {
        let model = PackedSequential(layers(returningSteps: returningSteps))
        let x = PaddedSequences(Tensor(zeros: [3, time, features]), lengths: [0, 0, 0])
        let pass = Pass(model, x, Tensor(ones: returningSteps ? [3, time, 5] : [3, 2])) { $0.values }
        #expect(pass["dx"] == Tensor(zeros: [3, time, features]))
        let reached = pass.tensors.dropFirst(2).filter { $0.tensor != $0.tensor.zeros }
        #expect(reached.map(\.name) == (returningSteps ? [] : ["9.bias"]))
        #expect(pass["y"].shape == (returningSteps ? [3, time, 5] : [3, 2]))
      }
    }
  }

  @Test func `whether a row is a step or a sequence does not hang on the lengths`() {
    let x = PaddedSequences(Tensor(ones: [2, 2, 3]), lengths: [0, 2])
    #expect(PackedSequential { Linear(3, 4) }(x).shape == [2, 2, 4])
    #expect(PackedSequential { MeanOverTime() }(x) == [[0, 0, 0], [1, 1, 1]])
    #expect(
      PackedSequential {
        Linear(3, 4); LastStep()
      }(x).shape == [2, 4])
    #expect(PackedSequential {}(x) == [[[0, 0, 0], [0, 0, 0]], [[1, 1, 1], [1, 1, 1]]])
  }

  @Test func `indices are looked up, and only those before an end`() {
    let table = Embedding(weight: Parameter([[1, 2], [3, 4], [5, 6]]))
    let model = PackedSequential {
      table; MeanOverTime()
    }
    let words = PaddedSequences(Tensor([2, 1, 0, -9, 77, 5] as [Int32], shape: [2, 3]), lengths: [3, 0])
    let (y, cache) = model.forward(words)
    #expect(y == [[3, 4], [0, 0]])
    var gradients = Gradients()
    model.accumulate([[3, 6], [9, 9]], cache, &gradients)
    #expect(gradients[table.weight] == [[1, 2], [1, 2], [1, 2]])
    #expect(model.backward([[3, 6], [9, 9]], model.forward(words).1, &gradients).values == Tensor(zeros: [2, 3]))
  }

  @Test func `batch statistics are over steps alone`() {
    let norm = BatchNorm(1)
    let model = PackedSequential { norm }
    let x = PaddedSequences(Tensor([1, 3, 5, .nan, .nan, .nan], shape: [2, 3, 1]), lengths: [3, 0])
    let (_, cache) = model.forward(x)
    var gradients = Gradients()
    model.accumulate(Tensor(ones: [2, 3, 1]), cache, &gradients)
    gradients.applyObservations()
    #expect(relativeError(norm.runningMean!.value, [0.3]) < 1e-6)
  }

  @Test func `frames of sequences are images to the layers`() {
    let model = PackedSequential {
      Conv2D(1, 2, kernel: 3); ReLU(); Flatten(); Recurrent(GRUCell(8, 3), returning: .lastStep)
    }
    let films = PaddedSequences(Tensor(normal: [3, 5, 1, 4, 4]), lengths: [5, 2, 1])
    #expect(model(films).shape == [3, 3])
    #expect(model.gradients(at: films) { (0, $0) }.gradients.receivers.count == 6)
  }

  @Test func `a recurrence over words inside of one over sentences sees three axes`() {
    let model = PackedSequential {
      Recurrent(GRUCell(2, 3), returning: .lastStep); Recurrent(GRUCell(3, 4)); LastStep()
    }
    let x = PaddedSequences(Tensor(normal: [2, 5, 7, 2]), lengths: [4, 1])
    let y = model(x)
    let alone = model(PaddedSequences(x.values[1..<2], lengths: [1]))
    #expect(y.shape == [2, 4] && relativeError(y[1..<2], alone) < 1e-6)
  }
}
