import Foundation
import Strata
import StrataTensor
import StrataTesting
import Testing

@Suite(.seeded) struct MatrixProductTests {
  @Test func `the worked numbers of the derivation`() {
    let (w1, w2) = (Parameter([[1, -1]]), Parameter([[1, 0, 2], [0, 1, 1]]))
    let layer = MatrixProduct(factors: [w1, w2])
    let x: Tensor = [[1, 2, 3], [0, 1, 1]]
    let (z, cache) = layer.forward(x)
    #expect(z == [[2], [0]])
    let (loss, g) = MeanSquaredError().evaluate(z, [[1], [-3]])
    #expect(loss == 5)
    #expect(g == [[1], [3]])
    var gradients = Gradients()
    let dx = layer.backward(g, cache, &gradients)
    #expect(gradients[w1] == [[13, 11]])
    #expect(gradients[w2] == [[1, 5, 6], [-1, -5, -6]])
    #expect(dx == [[1, -1, 1], [3, -3, 3]])
    #expect(layer.effectiveMatrix == [[1, -1, 1]])
  }

  @Test func `the worked numbers of a tied pair`() {
    let w = Parameter([[1, 2], [0, 1]])
    let layer = MatrixProduct(factors: [w, w])
    // A₁ = Wx = (3, 1); dW = G₀A₁ᵀ + G₁xᵀ = [[3, 1], [0, 0]] + [[1, 1], [2, 2]].
    let (y, dx, gradients) = layer.run([[1, 1]], [[1, 0]])
    #expect(y == [[5, 1]])
    #expect(gradients[w] == [[4, 2], [2, 2]])
    #expect(dx == [[1, 4]])
    #expect(layer.parameters.map(\.path) == ["factors.0"])
  }

  @Test func `a tied factor gets the sum of its positions' gradients`() {
    let tied = Parameter(Tensor(normal: [4, 4], dtype: .float64))
    let first = Parameter(Tensor(normal: [3, 4], dtype: .float64))
    let (x, dy) = (Tensor(normal: [5, 4], dtype: .float64), Tensor(normal: [5, 3], dtype: .float64))
    let together = MatrixProduct(factors: [first, tied, tied, tied]).run(x, dy)
    let apart = (0..<3).map { _ in Parameter(tied.value) }
    let separate = MatrixProduct(factors: [first] + apart).run(x, dy)
    #expect(together.y == separate.y && together.dx == separate.dx)
    #expect(together.gradients[first] == separate.gradients[first])
    let sum = apart.dropFirst().reduce(separate.gradients[apart[0]]!) { $0 + separate.gradients[$1]! }
    #expect(relativeError(together.gradients[tied]!, sum) < 1e-14)
  }

  @Test func `a mean over the batch enters each factor's gradient once`() {
    let layer = MatrixProduct(dimensions: [2, 5, 4, 3])
    layer.convert(to: .float64)
    let (x, t) = (Tensor(normal: [6, 3], dtype: .float64), Tensor(normal: [6, 2], dtype: .float64))
    func gradients(_ rows: Range<Int>) -> Gradients {
      layer.gradients(at: x[rows]) { MeanSquaredError().evaluate($0, t[rows]) }.gradients
    }
    let whole = gradients(0..<6)
    var mean = Gradients()
    for row in 0..<6 { mean.add(gradients(row..<row + 1)) }
    mean.scale(by: 1.0 / 6)
    for factor in layer.factors { #expect(relativeError(whole[factor]!, mean[factor]!) < 1e-14) }
  }

  @Test func `the cache is what each factor acts on`() {
    let layer = MatrixProduct(dimensions: [2, 5, 4, 3])
    #expect(layer.cachedBytes(for: [7, 3]) == 4 * 7 * (5 + 4 + 3))
  }

  @Test func `outputs and gradients are the same for any number of workers`() {
    let layer = MatrixProduct(dimensions: [65, 130, 97, 130, 70])
    let (x, dy) = (Tensor(normal: [33, 70]), Tensor(normal: [33, 65]))
    let alone = withWorkers(1) { layer.run(x, dy) }
    let (shared, threads) = WorkerLog.sharing(workers: 3) { layer.run(x, dy) }
    #expect(threads > 1)
    #expect(shared.y.isIdentical(to: alone.y) && shared.dx.isIdentical(to: alone.dx))
    for factor in layer.factors {
      #expect(shared.gradients[factor]!.isIdentical(to: alone.gradients[factor]!))
    }
  }

  @Test func `it trains in a model, beside layers with a bias`() throws {
    let model = Sequential {
      MatrixProduct(dimensions: [6, 3, 5], initializer: .lecunNormal)
      Tanh()
      Linear(6, 2)
    }
    #expect(model.parameters.map(\.path) == ["0.factors.0", "0.factors.1", "2.weight", "2.bias"])
    try checkGradients(of: model, input: [4, 5])
    #expect(try model.validate(input: [4, 5]) == [4, 2])
  }

  @Test func `a Gaussian chain shortens vectors at the rate of its first exponent`() {
    // E log ‖Px‖² = n (ψ(d/2) + log(2/d)), ψ(2) = 1 − γ; the variance of one factor's logarithm is ψ'(2) = π²/6 − 1.
    let (d, n, chains) = (4, 10, 400)
    let expected = Double(n) * (1 - 0.5772156649015329 + log(0.5))
    let mean =
      withSeed(5) {
        (0..<chains).reduce(0) { sum, _ in
          let layer = MatrixProduct(dimensions: Array(repeating: d, count: n + 1), initializer: .lecunNormal)
          return sum + log(layer([[1, 0, 0, 0]]).sumOfSquares)
        }
      } / Double(chains)
    let deviation = (Double(n) * (Double.pi * .pi / 6 - 1) / Double(chains)).squareRoot()
    #expect(abs(mean - expected) < 5 * deviation)
  }
}

/// The counters of memory belong to the whole process, so what reads them runs in a separate one.
@Suite(.seeded) struct MatrixProductCostTests {
  @Test(arguments: [1, 2, 7]) func `n products forward, 2n backward, one less without dX`(n: Int) {
    let layer = MatrixProduct(dimensions: (0...n).map { $0 % 3 + 2 })
    func products(_ body: () -> Void) -> Int {
      let meter = WorkMeter()
      body()
      return meter.reading().products
    }
    let (x, dy) = (Tensor(normal: [3, layer.dimensions[n]]), Tensor(normal: [3, 2]))
    let cache = layer.forward(x).1
    var gradients = Gradients()
    #expect(products { _ = layer.forward(x) } == n)
    #expect(products { _ = layer(x) } == n)
    // Once into no gradients, once into those that are there.
    for _ in 0..<2 { #expect(products { _ = layer.backward(dy, cache, &gradients) } == 2 * n) }
    #expect(products { layer.accumulate(dy, cache, &gradients) } == 2 * n - 1)
  }

  @Test(arguments: [1, 5])
  func `no temporary is larger than max(d) B numbers`(batch: Int) async {
    await #expect(processExitsWith: .success) { [batch] in
      let dimensions = [40, 64, 8, 50, 64, 64, 30]
      let layer = MatrixProduct(dimensions: dimensions, initializer: .lecunNormal)
      let (x, dy) = (Tensor(normal: [batch, 30]), Tensor(normal: [batch, 40]))
      let largest = 4 * 64 * batch
      let all = 4 * zip(dimensions, dimensions.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
      func peak(_ body: () -> Void) -> Int {
        Memory.resetPeak()
        let before = Memory.liveBytes
        body()
        return Memory.peakBytes - before
      }
      var gradients = Gradients()
      func pass() -> Int {
        var (_, cache): (Tensor, MatrixProduct.Cache?) = layer.forward(x)
        return peak { _ = layer.backward(dy, cache.take()!, &gradients) }
      }
      // The first pass creates the gradients, of d² numbers each; the next adds to them.
      #expect(pass() <= all + largest)
      #expect(pass() <= largest)
      // Inference holds the input and the output of one factor.
      #expect(peak { _ = layer(x) } <= 2 * largest)
      withExtendedLifetime((x, dy, gradients)) {}
    }
  }

  @Test func `a steady step takes no memory from the system`() async {
    await #expect(processExitsWith: .success) {
      let layer = MatrixProduct(dimensions: [6, 9, 70, 9, 6])
      let x = Tensor(normal: [11, 6])
      func step() { _ = layer.gradients(at: x) { MeanSquaredError().evaluate($0, x) } }
      step()
      let misses = Memory.poolMisses
      for _ in 0..<10 { step() }
      #expect(Memory.poolMisses == misses)
    }
  }
}

@Suite(.seeded) struct CollapsedProductTests {
  @Test(arguments: [
    // Equal sizes become one matrix: 9 multiplications a row instead of 27.
    (sizes: [3, 3, 3, 3], collapsed: [3, 3]),
    // Wide in the middle: 8 instead of 60.
    ([4, 10, 2], [4, 2]),
    // Narrow in the middle: 14 · 2 = 28 instead of 49 for one matrix, or 90 for all factors.
    ([7, 5, 2, 5, 7], [7, 2, 7]),
    // 2 · 20 · 1 = 40 as it is, 400 as one.
    ([20, 1, 20], [20, 1, 20]),
    // At equal cost, 4 · 4 = 2 · (4 · 2), the fewer factors.
    ([4, 2, 4], [4, 4]),
    ([5, 3], [5, 3]),
  ])
  func `it has the fewest multiplications a row, and the same outputs`(sizes: [Int], collapsed: [Int]) {
    let layer = MatrixProduct(dimensions: sizes, initializer: .lecunNormal)
    layer.convert(to: .float64)
    let short = layer.collapsed()
    #expect(short.dimensions == collapsed)
    let x = Tensor(normal: [6, sizes.last!], dtype: .float64)
    #expect(relativeError(short(x), layer(x)) < 1e-14)
    #expect(relativeError(matmul(x, layer.effectiveMatrix.transposed), layer(x)) < 1e-14)
  }

  @Test func `no other choice of sizes is cheaper`() {
    withSeed(3) {
      var generator = RandomGenerator.next()
      for _ in 0..<50 {
        let sizes = (0...6).map { _ in Int.random(in: 1...12, using: &generator) }
        func cost(_ sizes: [Int]) -> Int { zip(sizes, sizes.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } }
        // Each of the five inner sizes is kept or not.
        let least = (0..<32).map { kept in
          cost(sizes.indices.filter { [0, 6].contains($0) || kept >> ($0 - 1) & 1 == 1 }.map { sizes[$0] })
        }.min()!
        #expect(cost(MatrixProduct(dimensions: sizes, initializer: .lecunNormal).collapsed().dimensions) == least)
      }
    }
  }

  @Test func `later training does not touch it`() {
    let layer = MatrixProduct(dimensions: [20, 1, 20])
    let collapsed = layer.collapsed()
    let x = Tensor(normal: [2, 20])
    let before = layer(x)
    for factor in layer.factors { factor.value = 2 * factor.value }
    #expect(collapsed(x).isIdentical(to: before))
  }

  @Test func `singular values of factors and product`() {
    let wide = Parameter([[3, 0, 0], [0, 0.5, 0]])
    let square = Parameter([[2, 0], [0, 4]])
    let layer = MatrixProduct(factors: [square, square, wide])
    #expect(layer.factorSingularValues == [[4, 2], [4, 2], [3, 0.5]])
    let product = layer.singularValues
    #expect(abs(product[0] - 12) < 1e-13 && abs(product[1] - 8) < 1e-13)
    let orthogonal = MatrixProduct(dimensions: Array(repeating: 12, count: 41))
    // Forty factors, each orthogonal to the rounding of float32.
    #expect(orthogonal.singularValues.allSatisfy { abs($0 - 1) < 1e-5 })
  }
}
