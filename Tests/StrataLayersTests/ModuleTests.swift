import Strata
import StrataTensor
import Testing

/// Modules of several inputs and outputs.
@Suite(.seeded) struct ModuleTests {
  private static func towers() -> TwoTowers {
    withSeed(1) {
      TwoTowers(
        Sequential {
          Linear(3, 4); Tanh()
        }, Sequential { Linear(5, 4) })
    }
  }

  @Test func `parameters are found by the places of the modules, and saved and loaded`() throws {
    let (model, other) = (
      Self.towers(),
      withSeed(2) {
        TwoTowers(
          Sequential {
            Linear(3, 4); Tanh()
          }, Sequential { Linear(5, 4) })
      }
    )
    #expect(model.parameters.map(\.path) == ["user.0.weight", "user.0.bias", "item.0.weight", "item.0.bias"])
    let x = Pair(Tensor(normal: [2, 3]), Tensor(normal: [2, 5]))
    #expect(model(x) != other(x))
    try other.load(model.state)
    #expect(model(x).isIdentical(to: other(x)))
    #expect(model.then(Linear(1, 1)).parameters.map(\.path).prefix(2) == ["0.user.0.weight", "0.user.0.bias"])
    #expect(Both(model, Linear(1, 1)).parameters.map(\.path).suffix(2) == ["1.weight", "1.bias"])
  }

  @Test func `a module of two inputs trains`() throws {
    let model = withSeed(1) { TwoTowers(Sequential { Linear(3, 8) }, Sequential { Linear(5, 8) }) }
    let x = withSeed(3) { Pair(Tensor(normal: [64, 3]), Tensor(normal: [64, 5])) }
    let target = x.first.sum(along: 1, keepingAxis: true) * x.second.sum(along: 1, keepingAxis: true)
    var optimizer = Adam(for: model, learningRate: 0.05)
    var losses: [Double] = []
    for _ in 0..<60 {
      let (loss, gradients) = model.gradients(at: x) { MeanSquaredError().evaluate($0, target) }
      try optimizer.update(along: gradients)
      losses.append(loss)
    }
    #expect(losses.last! < 0.1 * losses[0])
  }

  @Test func `of a batch in parts, loss and gradients are those of the whole`() {
    let model = withSeed(1) { auxiliary() }
    let (x, labels) = (Tensor(normal: [10, 3]), Tensor(labels: [0, 1, 0, 0, 1, 1, 0, 1, 1, 0]))
    let whole = model.gradients(at: x, labels, of: MainAndAuxiliary(), microBatchSize: 10)
    let parts = model.gradients(at: x, labels, of: MainAndAuxiliary(), microBatchSize: 4)
    #expect(abs(parts.loss - whole.loss) < 1e-6)
    #expect(whole.gradients.receivers.count == 6)
    for parameter in whole.gradients.receivers {
      #expect(relativeError(parts.gradients[parameter]!, whole.gradients[parameter]!) < 1e-6)
    }
  }

  @Test func `Chain is g after f, and Both is f beside g`() {
    let (f, g) = withSeed(1) { (Linear(3, 4), Linear(4, 2)) }
    let (x, dy) = (Tensor(normal: [5, 3]), Tensor(normal: [5, 2]))
    let expected = Sequential {
      f; g
    }.run(x, dy)
    let found = f.then(g).run(x, dy)
    #expect(found.y.isIdentical(to: expected.y) && found.dx.isIdentical(to: expected.dx))
    for parameter in expected.gradients.receivers {
      #expect(found.gradients[parameter]!.isIdentical(to: expected.gradients[parameter]!))
    }
    let (y, cache) = Both(f, g).forward(Pair(x, expected.y.sum(along: 1, keepingAxis: true) * Tensor(ones: [1, 4])))
    #expect(y.first.isIdentical(to: f(x)))
    var gradients = Gradients()
    let dx = Both(f, g).backward(Pair(Tensor(ones: [5, 4]), dy), cache, &gradients)
    #expect(dx.first.isIdentical(to: f.run(x, Tensor(ones: [5, 4])).dx))
    #expect(dx.second.isIdentical(to: g.run(x.sum(along: 1, keepingAxis: true) * Tensor(ones: [1, 4]), dy).dx))
  }

  @Test func `what a module says of its shapes reaches the model's check`() throws {
    let chain = Both(Linear(3, 4), Linear(5, 4)).then(Adder())
    #expect(try chain.validate(input: [[2, 3], [2, 5]]) == [[2, 4]])
    let error = #expect(throws: ShapeError.self) { try chain.validate(input: [[2, 3], [2, 4]]) }
    #expect(error?.mismatches.map(\.path) == ["0.1"])
    #expect(try Self.towers().validate(input: [[2, 3], [2, 5]]) == nil, "not known without running")
    #expect(throws: ShapeError.self) { try Linear(3, 4).then(Linear(5, 4)).validate(input: [2, 3]) }
  }

  @Test func `a module made of layers is a layer`() throws {
    let model = Sequential {
      Linear(3, 4).then(Tanh()).recomputed(); Linear(4, 2)
    }
    #expect(try model.validate(input: [2, 3]) == [2, 2])
    #expect(model.parameters.map(\.path) == ["0.0.weight", "0.0.bias", "1.weight", "1.bias"])
  }

  @Test func `Recomputed keeps the input alone, and gives the same bits`() {
    let model = withSeed(1) {
      TwoTowers(
        Sequential {
          Linear(3, 4); Dropout(0.4); Tanh()
        }, Sequential { Linear(5, 4) })
    }
    let (x, dy) = (Pair(Tensor(normal: [6, 3]), Tensor(normal: [6, 5])), Tensor(normal: [6, 1]))
    func run<M: Module<Pair<Tensor, Tensor>, Tensor>>(_ module: M) -> (Pair<Tensor, Tensor>, Gradients) {
      ModelContents(of: model).restoringStreams {
        let cache = module.forward(x).1
        var gradients = Gradients()
        return (module.backward(dy, cache, &gradients), gradients)
      }
    }
    let ((dx, expected), (dz, found)) = (run(model), run(model.recomputed()))
    #expect(dz.first.isIdentical(to: dx.first) && dz.second.isIdentical(to: dx.second))
    for parameter in expected.receivers { #expect(found[parameter]!.isIdentical(to: expected[parameter]!)) }
    #expect(model.recomputed().cachedBytes(at: x) == 6 * 8 * 4)
    #expect(model.recomputed().parameters.map(\.path) == model.parameters.map(\.path))
  }

  @Test func `a summary has a row for each module that holds no other, or keeps more than those in it`() throws {
    let summary = try Self.towers().summary(at: Pair(Tensor(zeros: [2, 3]), Tensor(zeros: [2, 5])))
    #expect(summary.rows.map(\.path) == ["user.0", "user.1", "item.0", ""])
    #expect(summary.rows.map(\.cachedBytes).reduce(0, +) == summary.cachedBytes)
    #expect(summary.parameterCount == 16 + 24)
    #expect("\(summary)".contains("output for [2, 3], [2, 5]"))
    let both = try Leaf().summary(at: Tensor(zeros: [2, 3]))
    #expect(both.rows.map(\.outputShapes) == [[[2, 3], [2, 3]]])
  }

  @Test func `a message of a nested layer names its place`() async throws {
    let result = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = TwoTowers(
        Sequential { Linear(3, 4) },
        Sequential {
          Tanh(); Linear(5, 4)
        })
      _ = model.forward(Pair(Tensor(ones: [2, 3]), Tensor(ones: [2, 4])))
    }
    #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("in layer item.1:"))
  }
}

private func auxiliary() -> WithAuxiliary {
  WithAuxiliary(
    features: Sequential {
      Linear(3, 4); Tanh()
    }, main: Sequential { Linear(4, 2) },
    auxiliary: Sequential { Linear(4, 2) })
}

/// y = x + w.
private struct Adder: Module {
  func forward(_ x: Pair<Tensor, Tensor>) -> (Tensor, Int) { (x.first + x.second, 0) }
  func backward(_ dy: Tensor, _ cache: Int, _ gradients: inout Gradients) -> Pair<Tensor, Tensor> { Pair(dy, dy) }
  func outputShapes(for input: [Shape]) throws -> [Shape]? { [input[0]] }
}

/// (x, x), a module of two outputs that holds no other.
private struct Leaf: Module {
  func forward(_ x: Tensor) -> (Pair<Tensor, Tensor>, Int) { (Pair(x, x), 0) }
  func backward(_ dy: Pair<Tensor, Tensor>, _ cache: Int, _ gradients: inout Gradients) -> Tensor {
    dy.first + dy.second
  }
}
